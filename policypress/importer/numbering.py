"""The numbers that Word counts in front of paragraphs and never writes into them (w:numPr); reads no text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: `%1` in the text of a level stands for the count of the first level (ECMA-376, 17.9.11).
_COUNT = re.compile(r"%([1-9])")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
#: Nobody counts further in letters; a file may claim to.
_COUNTABLE = 4000
#: Styles that are based on one another further than this are a circle.
_DEEPEST = 20


class Counted(NamedTuple):
    """The number of a paragraph as Word shows it."""

    #: `1.`, `2.3`, `Article 4`; empty for a bullet.
    text: str
    #: The number names more than one level, as those of legal clauses do.
    outlined: bool


@dataclass(slots=True, kw_only=True)
class _Level:
    start: int
    form: str
    text: str
    #: Style of the paragraphs that stand on this level.
    style: str


@dataclass(slots=True, kw_only=True)
class Numbering:
    """The lists of a document, counted as its paragraphs are read in their order."""

    #: Levels by list and depth.
    levels: Mapping[str, Mapping[int, _Level]]
    #: The list that an instance of it belongs to, and the starts that it sets anew.
    instances: Mapping[str, tuple[str, Mapping[int, int]]]
    #: What a style says of numbers, by its id: `w:numPr` and the style it is based on.
    styles: Mapping[str, tuple[Any, str]]
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    def count(self, paragraph: Any) -> Counted | None:
        """Return the number of the next paragraph, None where it bears none."""
        place = self._place(paragraph)
        if place is None:
            return None
        instance, depth = place
        name, starts = self.instances[instance]
        levels, counts = self.levels[name], self._counts.setdefault(name, {})
        if instance not in self._begun:
            self._begun.add(instance)
            for level, start in starts.items():
                counts[level] = start - 1
        counts[depth] = counts.get(depth, levels[depth].start - 1) + 1
        for deeper in [level for level in counts if level > depth]:
            del counts[deeper]
        return _shown(levels, counts, depth)

    def _place(self, paragraph: Any) -> tuple[str, int] | None:
        """Return the list's instance and the depth of a paragraph: its own, else those of its style."""
        found = paragraph.find(f"{W}pPr/{W}numPr")
        named = paragraph.find(f"{W}pPr/{W}pStyle")
        style = named.get(f"{W}val") if named is not None else ""
        instance, depth = _of(found)
        for _ in range(_DEEPEST):
            if instance or style not in self.styles:
                break
            rules, based = self.styles[style]
            instance, own = _of(rules)
            if instance and depth is None:
                depth = own if own is not None else self._depth_of(instance, style)
            style = based
        name = self.instances.get(instance, ("", {}))[0]
        depth = depth or 0
        return (instance, depth) if depth in self.levels.get(name, {}) else None

    def _depth_of(self, instance: str, style: str) -> int:
        levels = self.levels.get(self.instances.get(instance, ("", {}))[0], {})
        return next((depth for depth, level in levels.items() if level.style == style), 0)


def _of(rules: Any) -> tuple[str, int | None]:
    """Return the list's instance and depth that a `w:numPr` names."""
    if rules is None:
        return "", None
    instance, depth = _value(rules, "numId"), _value(rules, "ilvl")
    return instance, int(depth) if depth.isdigit() else None


def _value(element: Any, name: str) -> str:
    found = element.find(f"{W}{name}")
    return str(found.get(f"{W}val") or "") if found is not None else ""


def _shown(levels: Mapping[int, _Level], counts: Mapping[int, int], depth: int) -> Counted:
    level = levels[depth]
    if level.form in ("bullet", "none"):
        return Counted("", outlined=False)

    def one(found: re.Match[str]) -> str:
        place = int(found[1]) - 1
        there = levels.get(place)
        return _written(counts.get(place, there.start if there else 1), there.form if there else "decimal")

    return Counted(_COUNT.sub(one, level.text).strip(), outlined=len(_COUNT.findall(level.text)) > 1)


def _written(number: int, form: str) -> str:
    match form:
        case "upperRoman" if number < _COUNTABLE:
            return _roman(number).upper()
        case "lowerRoman" if number < _COUNTABLE:
            return _roman(number)
        case "upperLetter" | "lowerLetter" if 0 < number < _COUNTABLE:
            letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
            return letter.upper() if form == "upperLetter" else letter
        case "decimalZero":
            return f"{number:02}"
        case _:
            return str(number)


def _roman(number: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        text += sign * (number // value)
        number %= value
    return text


def numbering(document: Any, parse_xml: Callable[[bytes], Any]) -> Numbering:
    """Read the lists and styles of a document; one without a part for them has none."""
    roots = {
        relation.reltype.rpartition("/")[2]: parse_xml(relation.target_part.blob)
        for relation in document.part.rels.values()
        if not relation.is_external and relation.reltype.rpartition("/")[2] in ("numbering", "styles")
    }
    lists, styles = roots.get("numbering"), roots.get("styles")
    return Numbering(
        levels={one.get(f"{W}abstractNumId"): _levels(one) for one in _each(lists, "abstractNum")},
        instances={one.get(f"{W}numId"): (_value(one, "abstractNumId"), _starts(one)) for one in _each(lists, "num")},
        styles={
            one.get(f"{W}styleId"): (one.find(f"{W}pPr/{W}numPr"), _value(one, "basedOn"))
            for one in _each(styles, "style")
        },
    )


def _each(root: Any, name: str) -> list[Any]:
    return list(root.iter(f"{W}{name}")) if root is not None else []


def _levels(one: Any) -> dict[int, _Level]:
    return {
        int(level.get(f"{W}ilvl")): _Level(
            start=int(start) if (start := _value(level, "start")).isdigit() else 1,
            form=_value(level, "numFmt") or "decimal",
            text=_value(level, "lvlText"),
            style=_value(level, "pStyle"),
        )
        for level in one.iter(f"{W}lvl")
        if str(level.get(f"{W}ilvl")).isdigit()
    }


def _starts(one: Any) -> dict[int, int]:
    found = {}
    for override in one.iter(f"{W}lvlOverride"):
        depth, start = override.get(f"{W}ilvl"), _value(override, "startOverride")
        if str(depth).isdigit() and start.isdigit():
            found[int(depth)] = int(start)
    return found
