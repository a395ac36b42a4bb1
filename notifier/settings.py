"""Settings of the post from a file and the environment; opens no ledger and no connection."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from tomlkit.exceptions import TOMLKitError

from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Environment name by field; each overrides the file.
ENVIRONMENT = {
    "ledger": "NOTIFIER_LEDGER",
    "sender": "NOTIFIER_FROM",
    "outbox": "NOTIFIER_OUTBOX",
    "serve_url": "NOTIFIER_SERVE_URL",
    "sendgrid_url": "NOTIFIER_SENDGRID_URL",
    "sendgrid_api_key": "SENDGRID_API_KEY",
    "secret_key": "NOTIFIER_SECRET_KEY",
    "reconcile_seconds": "NOTIFIER_RECONCILE_SECONDS",
    "on_unknown": "NOTIFIER_ON_UNKNOWN",
    "lease_seconds": "NOTIFIER_LEASE_SECONDS",
    "workers": "NOTIFIER_WORKERS",
}
#: Never read from the settings file: only from the environment, or from a file that `<NAME>_FILE` names.
SECRETS = frozenset({"sendgrid_api_key", "secret_key"})

Url = Annotated[str, Field(pattern=r"^https?://[^/\s]+")]


class Settings(BaseModel):
    """What the operator decided; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Where the ledger is kept: `sqlite:///relative.db` or `sqlite:////absolute.db`.
    ledger: str = "sqlite:///notifier.sqlite"
    #: Sender of the mail, `Name <address>` or an address.
    sender: str = "privacy-notices@example.org"
    #: Folder of the outbox, used while no provider has credentials.
    outbox: Path = Path("outbox")
    #: Where the consent pages are served; empty: consent is asked in the account.
    serve_url: Url | None = None
    sendgrid_url: Url = "https://api.sendgrid.com"
    sendgrid_api_key: SecretStr | None = None
    #: Signs the links; at least 32 characters.
    secret_key: SecretStr | None = None
    #: Seconds in which a provider's event may settle a request of unknown outcome.
    reconcile_seconds: Annotated[int, Field(ge=0)] = 3600
    #: What follows then: one resend, or nothing without an order.
    on_unknown: Literal["resend", "hold"] = "resend"
    #: Seconds a worker may hold a shard; more than one request may take (5 s to connect, 30 s to read).
    lease_seconds: Annotated[int, Field(ge=1)] = 120
    #: Threads that send.
    workers: Annotated[int, Field(ge=1, le=64)] = 4

    @field_validator("sender")
    @classmethod
    def _one_mailbox(cls, value: str) -> str:
        message = "write it as: Name <address@example.org>"
        try:
            domain = Address(addr_spec=parseaddr(value)[1]).domain
        except (MessageError, ValueError, IndexError) as error:
            raise ValueError(message) from error
        if not domain or not value.isprintable():
            raise ValueError(message)
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        least = 32
        if value is not None and len(value.get_secret_value()) < least:
            message = f"use at least {least} characters"
            raise ValueError(message)
        return value

    def sender_mailbox(self) -> Address:
        """Return the sender parsed."""
        name, address = parseaddr(self.sender)
        return Address(display_name=name, addr_spec=address)


def load(config: Path | None, environment: Mapping[str, str], *, directory: Path = Path()) -> Settings:
    """Return the settings of `config`, or of `[tool.notifier]` in pyproject.toml of a directory, if there is one.

    The environment overrides the file. InputError lists every problem at once.
    """
    path = config or directory / "pyproject.toml"
    values = _from_file(path, required=config is not None)
    misplaced = sorted(SECRETS & values.keys())
    if misplaced:
        names = ", ".join(ENVIRONMENT[key] for key in misplaced)
        message = f"{path}: secrets do not belong in a file that is kept in git; set {names} in the environment"
        raise InputError(message)
    values |= _from_environment(environment)
    try:
        return Settings(**values)
    except ValidationError as error:
        raise InputError(_explain(error, path)) from None


def _from_file(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
    except FileNotFoundError:
        if not required:
            return {}
        message = f"{path}: no such file; --config names a TOML file with a table [tool.notifier] or [notifier]"
        raise InputError(message) from None
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        message = f"{path}: cannot be read as TOML: {error}"
        raise InputError(message) from error
    table = document.get("tool", {}).get("notifier", document.get("notifier", {}))
    if not isinstance(table, dict):
        message = f"{path}: [tool.notifier] must be a table"
        raise InputError(message)
    return dict(table)


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for field, name in ENVIRONMENT.items():
        value = environment.get(name, "")
        if not value and field in SECRETS:
            value = _from_secret_file(name, environment.get(f"{name}_FILE", ""))
        if value:
            values[field] = value
    return values


def _from_secret_file(name: str, path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        # str(error) names the file, never what is in it.
        message = f"{name}_FILE: cannot be read: {type(error).__name__}: {path}"
        raise InputError(message) from None


def _explain(error: ValidationError, path: Path) -> str:
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        field = ".".join(str(part) for part in problem["loc"])
        hint = f" (or {ENVIRONMENT[field]})" if field in ENVIRONMENT else f"; known: {', '.join(sorted(_in_file()))}"
        lines.append(f"{path}: [tool.notifier] {field}{hint}: {problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)


def _in_file() -> set[str]:
    return set(ENVIRONMENT) - SECRETS
