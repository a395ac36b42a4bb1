"""Tests of a PostgreSQL URL as it is read and shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import InputError
from notifier.ledger.postgres import connect, without_password


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:hush@host:5432/notices?connect_timeout=1", "postgresql://me@host:5432/notices"),
        ("postgresql://me@host/notices", "postgresql://me@host/notices"),
        ("postgresql://host/notices?password=hush", "postgresql://host/notices"),
        ("postgresql:///notices", "postgresql:///notices"),
        ("postgresql://me:hush@[::1]:5432,other/notices", "postgresql://me@[::1]:5432,other/notices"),
    ],
)
def test_a_url_is_shown_without_what_is_secret(url: str, shown: str) -> None:
    """User, host, port and database stay."""
    assert shown == without_password(url)
    assert shown == connect(url).name


PARTS = st.text("/?#@:%[] ", max_size=4)


@given(PARTS, PARTS)
def test_whatever_a_password_holds_it_is_not_shown(before: str, behind: str) -> None:
    """Also what parts a URL: where the library's reading of it ends elsewhere than ours, all of it is left out."""
    url = f"postgresql://me:{before}hush{behind}@host/notices"
    assert "postgresql://me@host/notices" == without_password(url)
    said = ""
    try:
        said = connect(url).name
    except InputError as error:
        said = str(error)
    assert "postgresql://me@host/notices" in said
    assert "hush" not in said


@pytest.mark.parametrize("password", ["hush/hush", "hush@hush", "hush%zz"])
def test_a_password_that_must_be_written_otherwise(password: str) -> None:
    """The way out is told, before anything is connected to."""
    with pytest.raises(InputError, match=r"of a password %2F for /, %3F for \?, %23 for #, %40 for @, %25 for %"):
        connect(f"postgresql://me:{password}@host/notices")
