"""Words of scripts that part none: by ICU's dictionaries where PyICU is installed, else by runs of the script; pure."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

try:
    import icu
except ImportError:  # the extra `cjk`
    icu = None

if TYPE_CHECKING:
    from collections.abc import Callable

#: A run of one of these scripts -> its words, which make the run when put together.
Segmenter: TypeAlias = "Callable[[str], list[str]]"

#: Chinese and Japanese, and Thai, as ranges of a regular expression.
CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
THAI = "\u0e00-\u0e7f"

_RUNS = re.compile(rf"[{THAI}]+|[{CJK}][^{CJK}{THAI}]*|[^{CJK}{THAI}]+")
#: ICU counts in UTF-16, Python in code points: they agree up to here.
_PLANE = 0xFFFF


def by_script(run: str) -> list[str]:
    """Return each ideograph and kana as a word, with the marks on it, and a run of Thai whole."""
    return _RUNS.findall(run)


def by_dictionary(run: str) -> list[str]:
    """Return the words that ICU's dictionaries find."""
    if max(map(ord, run)) > _PLANE:
        return by_script(run)
    # one iterator a call: it holds the text, and threads must not share it; the dictionaries are loaded once
    iterator = icu.BreakIterator.createWordInstance(icu.Locale("th"))
    iterator.setText(run)
    return [run[start:end] for start, end in pairwise((0, *iterator))]


#: What is used where nothing else is asked for.
WORDS: Segmenter = by_dictionary if icu else by_script
