"""Settings of the post from a file and the environment; opens no ledger and no connection."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

import tomlkit
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from tomlkit.exceptions import TOMLKitError

from notifier.errors import InputError
from notifier.pace import Quiet, quiet, rate

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
    "sendgrid_sandbox": "NOTIFIER_SENDGRID_SANDBOX",
    "smtp_url": "NOTIFIER_SMTP_URL",
    "smtp_bounces": "NOTIFIER_SMTP_BOUNCES",
    "fcm_url": "NOTIFIER_FCM_URL",
    "fcm_credentials": "NOTIFIER_FCM_CREDENTIALS",
    "vapid_key": "NOTIFIER_VAPID_KEY",
    "webpush_hosts": "NOTIFIER_WEBPUSH_HOSTS",
    "secret_key": "NOTIFIER_SECRET_KEY",
    "sendgrid_webhook_key": "NOTIFIER_SENDGRID_WEBHOOK_KEY",
    "api_key": "NOTIFIER_API_KEY",
    "site_url": "NOTIFIER_SITE_URL",
    "proxies": "NOTIFIER_PROXIES",
    "reconcile_seconds": "NOTIFIER_RECONCILE_SECONDS",
    "on_unknown": "NOTIFIER_ON_UNKNOWN",
    "lease_seconds": "NOTIFIER_LEASE_SECONDS",
    "workers": "NOTIFIER_WORKERS",
    "most_tries": "NOTIFIER_MOST_TRIES",
    "email_rate": "NOTIFIER_EMAIL_RATE",
    "email_warm_up": "NOTIFIER_EMAIL_WARM_UP",
    "fcm_rate": "NOTIFIER_FCM_RATE",
    "fcm_warm_up": "NOTIFIER_FCM_WARM_UP",
    "webpush_rate": "NOTIFIER_WEBPUSH_RATE",
    "webpush_warm_up": "NOTIFIER_WEBPUSH_WARM_UP",
    "quiet_hours": "NOTIFIER_QUIET_HOURS",
    "push": "NOTIFIER_PUSH",
    "log": "NOTIFIER_LOG",
    "signing_key": "NOTIFIER_SIGNING_KEY",
    "checkpoints": "NOTIFIER_CHECKPOINTS",
    "checkpoints_commit": "NOTIFIER_CHECKPOINTS_COMMIT",
    "retention_days": "NOTIFIER_RETENTION_DAYS",
    "approval": "NOTIFIER_APPROVAL",
    "witness": "NOTIFIER_WITNESS",
    "seal_seconds": "NOTIFIER_SEAL_SECONDS",
}
#: Never read from the settings file: only from the environment, or from a file that `<NAME>_FILE` names.
SECRETS = frozenset({"sendgrid_api_key", "smtp_url", "vapid_key", "secret_key", "signing_key", "api_key"})
#: Also read from a file that `<NAME>_FILE` names.
FILES = SECRETS | {"sendgrid_webhook_key"}
#: With one of these set, its provider is in use.
CREDENTIALS = ("sendgrid_api_key", "smtp_url", "fcm_credentials", "vapid_key")
#: A name that begins so and is not known is a slip, and would be one in a setting that decides who is told.
PROVIDERS = tuple(f"NOTIFIER_{one}_" for one in ("SENDGRID", "SMTP", "FCM", "VAPID", "WEBPUSH"))

Rate = Annotated[float, BeforeValidator(lambda text: rate(text) if isinstance(text, str) else text)]
WarmUp = Annotated[
    tuple[Annotated[int, Field(ge=1)], ...],
    BeforeValidator(lambda caps: tuple(caps.split(",")) if isinstance(caps, str) else caps),
]
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
    #: SendGrid checks every request and sends nothing.
    sendgrid_sandbox: bool = False
    #: `smtp://user:password@host:587` (STARTTLS, but on loopback) or `smtps://…` (TLS from the start).
    smtp_url: SecretStr | None = None
    #: Mailbox whose mail `notifier bounces` reads: each message names it with an address of its own, `box+id@domain`.
    smtp_bounces: str = ""
    fcm_url: Url = "https://fcm.googleapis.com"
    #: Key file of a Google service account that may send for the app's Firebase project.
    fcm_credentials: Path | None = None
    #: Private key of web push (RFC 8292): PEM, or the 32 bytes as base64url.
    vapid_key: SecretStr | None = None
    #: Which push services may be written to: those of the world, or for a rehearsal those of this machine.
    webpush_hosts: Literal["public", "loopback"] = "public"
    #: Signs the links; at least 32 characters.
    secret_key: SecretStr | None = None
    #: Public key of SendGrid's signed event webhook; without it no event is taken.
    sendgrid_webhook_key: str = ""
    #: Opens the API for apps; at least 32 characters; without it there is none.
    api_key: SecretStr | None = None
    #: Where the policy's site is published: its pages may subscribe browsers. None: what the bundles say.
    site_url: Url | None = None
    #: Addresses of reverse proxies, parted by commas, whose word on the client's address is taken.
    proxies: str = "127.0.0.1"
    #: Seconds in which a provider's event may settle a request of unknown outcome.
    reconcile_seconds: Annotated[int, Field(ge=0)] = 3600
    #: What follows then: one resend, or nothing without an order.
    on_unknown: Literal["resend", "hold"] = "resend"
    #: Seconds a worker may hold a shard; more than one request may take (5 s to connect, 30 s to read).
    lease_seconds: Annotated[int, Field(ge=1)] = 120
    #: Threads that send, and processes at most for many pushes.
    workers: Annotated[int, Field(ge=1, le=64)] = 4
    #: Certain failures in a row before a run stops, or a single notice is given up.
    most_tries: Annotated[int, Field(ge=1, le=10_000)] = 100
    #: `10/s`, `600/min` or `5000/hour`; None: no limit of ours, the provider's governs.
    email_rate: Rate | None = None
    fcm_rate: Rate | None = None
    webpush_rate: Rate | None = None
    #: Messages on the first day (UTC) of the channel's use, the second, ...; then only the rate counts.
    email_warm_up: WarmUp = ()
    fcm_warm_up: WarmUp = ()
    webpush_warm_up: WarmUp = ()
    #: `22:00-08:00` in the holder's time zone, in which no push goes out; None: push goes out at any hour.
    quiet_hours: Annotated[
        Quiet | None, BeforeValidator(lambda text: quiet(text) if isinstance(text, str) else text)
    ] = None
    #: A push besides the mail, or only where the address is refused.
    push: Literal["also", "escalate"] = "also"
    #: Where the structured log goes: `stderr`, a file, or nowhere.
    log: str = ""
    #: Signs checkpoints: an Ed25519 private key, PEM or its 32 bytes as base64url.
    signing_key: SecretStr | None = None
    #: Folder in which each checkpoint is written as a file; None: they are printed only.
    checkpoints: Path | None = None
    #: Commit each of those files to the git work tree the folder lies in.
    checkpoints_commit: bool = False
    #: Seconds between two sealings by `serve`, where a signing key is set; 0: it leaves that to `seal` and `send`.
    seal_seconds: Annotated[int, Field(ge=0)] = 3600
    #: Days after the last request before `notifier purge` removes the addresses of a campaign.
    retention_days: Annotated[int, Field(ge=0)] = 30
    #: Whether somebody other than the planner must approve what goes out; files need nobody's approval.
    approval: Literal["none", "required"] = "none"
    #: Where each request is noted apart from the ledger; None: beside a SQLite ledger, nowhere for PostgreSQL.
    witness: Path | None = None

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

    @field_validator("secret_key", "api_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        least = 32
        if value is not None and len(value.get_secret_value()) < least:
            message = f"use at least {least} characters"
            raise ValueError(message)
        return value

    @field_validator("smtp_bounces")
    @classmethod
    def _plain_mailbox(cls, value: str) -> str:
        # The id and its mark take 39 of the 64 letters before the @.
        if value and not re.fullmatch(r"[A-Za-z0-9._-]{1,25}@[A-Za-z0-9.-]+", value):
            message = "write it as bounces@example.org, at most 25 plain letters before the @"
            raise ValueError(message)
        return value

    @field_validator("smtp_url")
    @classmethod
    def _one_server(cls, value: SecretStr | None) -> SecretStr | None:
        # The message must not show the URL: it holds the password.
        message = "write it as smtp://user:password@host:587 or smtps://user:password@host:465"
        if value is None:
            return value
        try:
            parts = urlsplit(value.get_secret_value())
            port_ok = parts.port is None or parts.port > 0
        except ValueError:
            raise ValueError(message) from None
        more = parts.path not in {"", "/"} or parts.query or parts.fragment
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or not port_ok or more:
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _one_way_for_mail(self) -> Settings:
        if self.sendgrid_api_key and self.smtp_url:
            message = "SENDGRID_API_KEY and NOTIFIER_SMTP_URL are both set, and mail goes one way: unset one of them"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _marks_are_signed(self) -> Settings:
        if self.smtp_bounces and not self.secret_key:
            message = "NOTIFIER_SMTP_BOUNCES is set, so return addresses are signed: set NOTIFIER_SECRET_KEY too"
            raise ValueError(message)
        return self

    def without_providers(self) -> Settings:
        """Return the settings with which everything goes to the outbox."""
        return self.model_copy(update=dict.fromkeys(CREDENTIALS))

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
    _refuse_unknown(environment)
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


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    names = {ENVIRONMENT[key] for key in ENVIRONMENT}
    known = names | {f"{ENVIRONMENT[key]}_FILE" for key in FILES}
    unknown = sorted(name for name in environment if name.startswith(PROVIDERS) and name not in known)
    if unknown:
        ours = ", ".join(sorted(name for name in known if name.startswith(PROVIDERS)))
        message = f"unknown in the environment: {', '.join(unknown)}; the providers' settings are {ours}"
        raise InputError(message)


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for field, name in ENVIRONMENT.items():
        value = environment.get(name, "")
        if not value and field in FILES:
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
        if not field:
            lines.append(problem["msg"].removeprefix("Value error, "))
            continue
        hint = f" (or {ENVIRONMENT[field]})" if field in ENVIRONMENT else f"; known: {', '.join(sorted(_in_file()))}"
        lines.append(f"{path}: [tool.notifier] {field}{hint}: {problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)


def _in_file() -> set[str]:
    return set(ENVIRONMENT) - SECRETS
