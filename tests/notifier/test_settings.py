"""Tests of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifier.channels import in_use, rehearses
from notifier.errors import InputError
from notifier.settings import load

if TYPE_CHECKING:
    from pathlib import Path


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    """A name in the environment wins over the file, the file over the default."""
    (tmp_path / "pyproject.toml").write_text('[tool.notifier]\nworkers = 2\nsender = "A <a@example.org>"\n')
    settings = load(None, {"NOTIFIER_WORKERS": "3"}, directory=tmp_path)
    assert (3, "a@example.org", "A") == (
        settings.workers,
        settings.sender_mailbox().addr_spec,
        settings.sender_mailbox().display_name,
    )


def test_every_problem_is_said_at_once(tmp_path: Path) -> None:
    """An unknown key and a bad value are both named, with the file and the environment's name."""
    path = tmp_path / "n.toml"
    path.write_text('[notifier]\nworker = 2\nsender = "nobody"\n')
    with pytest.raises(InputError) as caught:
        load(path, {})
    for words in (str(path), "worker", "NOTIFIER_FROM", "write it as"):
        assert words in str(caught.value)


def test_secrets_come_from_the_environment_or_a_file_it_names(tmp_path: Path) -> None:
    """A secret is read from a named file, is refused in the settings file, and never printed."""
    (tmp_path / "key").write_text("SG.secret\n")
    settings = load(None, {"SENDGRID_API_KEY_FILE": str(tmp_path / "key")}, directory=tmp_path)
    assert settings.sendgrid_api_key is not None
    assert "SG.secret" == settings.sendgrid_api_key.get_secret_value()
    assert "SG.secret" not in repr(settings)
    path = tmp_path / "n.toml"
    path.write_text('[notifier]\nsendgrid_api_key = "SG.secret"\n')
    with pytest.raises(InputError) as caught:
        load(path, {})
    assert "SG.secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["[tool", "tool = 1\n[tool.notifier]", "[tool]\nnotifier = 3"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    """A file that is no TOML, or no table, is an input error that names it."""
    path = tmp_path / "n.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"n\.toml"):
        load(path, {})


@pytest.mark.parametrize("name", ["NOTIFIER_SMTP_URLS", "NOTIFIER_FCM_CREDENTIAL", "NOTIFIER_VAPID_PRIVATE_KEY"])
def test_an_unknown_setting_of_a_provider_is_refused(tmp_path: Path, name: str) -> None:
    """A slip there would decide who is told and how; the known names are listed, the value is not shown."""
    with pytest.raises(InputError, match=name) as caught:
        load(None, {name: "hunter2", "NOTIFIER_DEBUG": "1"}, directory=tmp_path)
    assert "NOTIFIER_SMTP_URL," in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["mail.example.org", "http://u:hunter2@h", "smtp://", "smtp://u:hunter2@h:port", "smtp://u:hunter2@h/x?tls=no"],
)
def test_a_mail_server_is_one_url(tmp_path: Path, url: str) -> None:
    """Anything else is refused with the form, and never shown: it may hold the password."""
    with pytest.raises(InputError, match="write it as smtp://user:password@host:587") as caught:
        load(None, {"NOTIFIER_SMTP_URL": url}, directory=tmp_path)
    assert "hunter2" not in str(caught.value)


def test_mail_goes_one_way(tmp_path: Path) -> None:
    """Two providers for one kind are refused, and the message names both settings."""
    with pytest.raises(InputError, match="SENDGRID_API_KEY and NOTIFIER_SMTP_URL are both set"):
        load(None, {"NOTIFIER_SMTP_URL": "smtp://h", "SENDGRID_API_KEY": "SG.key"}, directory=tmp_path)


def test_without_providers_nothing_is_in_use(tmp_path: Path) -> None:
    """What a rehearsal goes by, whatever is configured."""
    environment = {
        "NOTIFIER_SMTP_URL": "smtp://u:hunter2@h", "NOTIFIER_VAPID_KEY": "key-hunter2", "NOTIFIER_FCM_CREDENTIALS": "f",
    }  # fmt: skip
    settings = load(None, environment, directory=tmp_path)
    assert {"email": "smtp", "fcm": "fcm", "webpush": "webpush"} == in_use(settings)
    assert {"email": "outbox", "fcm": "outbox", "webpush": "outbox"} == in_use(settings.without_providers())
    assert [False, True] == [rehearses(settings), rehearses(settings.without_providers())]
    assert "hunter2" not in repr(settings)
