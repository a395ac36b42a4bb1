"""Tests that the rules of many rows at once are those of one."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from notifier.audience import fields
from notifier.audience.columns import Heading
from notifier.audience.csv import _even
from notifier.audience.lines import Lines
from notifier.audience.sift import _plain_addresses

LETTERS = st.text("ab.@-_+\n é", max_size=12)
GOOD = st.from_regex(r"[a-c]{1,3}(\.[a-c]{1,2})?@[a-c]{1,3}\.[a-c]{2,3}", fullmatch=True)


def plain(value: str) -> bool:
    return len(value) <= fields.LONGEST_PLAIN and fields._PLAIN_ADDRESS.fullmatch(value) is not None


@given(st.lists(LETTERS | GOOD | st.just(""), max_size=6))
@example(["a@b.cd\na@b.cd"])
@example(["a@b.cd\nc", "@b.cd"])
@example(["a@b.cd", "b@b.cd@", "b.cd"])
@example(["@b.cd", "a.@b.cd", ".a@b.cd", "a..b@b.cd"])
def test_an_address_passes_by_column_only_if_it_passes_alone(values: list[str]) -> None:
    """What the quick look lets through, the pattern of one address does too; all else goes by the rules of one."""
    kept, strange = _plain_addresses(values)
    odd = set(strange)
    assert values == kept
    assert all(plain(value) for index, value in enumerate(values) if value and index not in odd)
    assert all(index in odd for index, value in enumerate(values) if value and not plain(value))


@given(st.lists(GOOD, min_size=1, max_size=20))
def test_plain_addresses_need_no_second_look(values: list[str]) -> None:
    """Otherwise the quick way would be none."""
    assert (values, []) == (_plain_addresses(values)[0], list(_plain_addresses(values)[1]))


@given(st.lists(st.lists(st.text("a,\n", max_size=3), min_size=1, max_size=4).map(",".join), min_size=1, max_size=6))
@example(["a", "\n", "b,c,d"])
@example(["a,\n,b", "c"])
def test_rows_are_cut_all_at_once_only_where_each_has_its_width(texts: list[str]) -> None:
    """A row too short beside one too long, or a line end within a field, is left to the way of row after row."""
    head = Heading(places={"account_id": 0, "email": 1}, width=2)
    found = _even(Lines(first=1, texts=texts, quoted=False), range(len(texts)), head)
    rows = [text.split(",") for text in texts]
    even = all(len(row) == 2 for row in rows) and "\n" not in "".join(texts)
    assert even == (found is not None)
    if found is not None:
        assert [tuple(row) for row in rows] == list(
            zip(found.columns["account_id"], found.columns["email"], strict=True)
        )
