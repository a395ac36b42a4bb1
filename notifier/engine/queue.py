"""The queue of shards that workers draw from, by Procrastinate, in a schema of its own; the only file that imports it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.schema import SchemaManager

from notifier.errors import LedgerLost
from notifier.ledger.postgres import AWAY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator

    from notifier.ledger.postgres import Database, Transaction

#: The name of its one kind of job; a job is a shard, never a holder.
NAME = "shard"
#: Seconds between two signs of life of a worker, and after which its jobs are somebody else's.
HEARTBEAT, STALLED = 5.0, 20.0
#: Seconds between two looks at the queue where no notice came that there is something in it.
POLL = 1.0
#: Seconds before a lost connection is tried again.
RETRY = 1.0


@dataclass(frozen=True, slots=True, order=True)
class Ticket:
    """A shard of a campaign, to be worked on once."""

    campaign: int
    shard: int

    @property
    def lock(self) -> str:
        """Return what two jobs for one shard would have in common."""
        return f"{self.campaign}/{self.shard}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The jobs beside a ledger."""

    database: Database
    #: Its schema.
    schema: str
    _app: App

    def waiting(self) -> set[Ticket]:
        """Return what is in the queue and was not taken yet."""
        with _guarded(self.database):
            jobs = self._app.job_manager.list_jobs(queue=NAME, status=Status.TODO.value)
        return {_ticket(job) for job in jobs}

    def put(self, work: Transaction, tickets: Collection[Ticket]) -> None:
        """Put shards into the queue, within the ledger's transaction: both happen, or neither."""
        if tickets:
            jobs = [
                Job(queue=NAME, task_name=NAME, lock=None, queueing_lock=one.lock,
                    task_kwargs={"campaign": one.campaign, "shard": one.shard})
                for one in tickets
            ]  # fmt: skip
            with _guarded(self.database):
                self._app.job_manager.batch_defer_jobs(jobs, connection=work.lend(self.schema))

    def close(self) -> None:
        """Close its connections."""
        self._app.close()


def open_queue(database: Database) -> Queue:
    """Return the queue beside a ledger, made if it is not there or of another version: it holds no truth.

    LedgerError if it may not be made.
    """
    schema = database.beside("queue", version("procrastinate"), SchemaManager.get_schema())
    app = App(connector=SyncPsycopgConnector(**_pool(database, schema, 2)))
    with _guarded(database):
        app.open()
    return Queue(database=database, schema=schema, _app=app)


async def run(
    queue: Queue, threads: int, work: Callable[[Ticket], None], stopped: asyncio.Event, on_lost: Callable[[str], None]
) -> None:
    """Take shards out of the queue, so many at a time, until told to stop; then what is in hand is finished.

    A connection that is lost is made again. What `work` raises is lost: it must not raise.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="sender")
    try:
        while not stopped.is_set():
            try:
                await _while_connected(queue, threads, lambda one: _in(pool, work, one), stopped)
            except (ConnectorException, OSError, *AWAY) as error:
                on_lost(type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), RETRY)
    finally:
        await asyncio.get_running_loop().run_in_executor(None, pool.shutdown)


async def _in(pool: ThreadPoolExecutor, work: Callable[[Ticket], None], ticket: Ticket) -> None:
    await asyncio.get_running_loop().run_in_executor(pool, work, ticket)


async def _while_connected(
    queue: Queue, threads: int, work: Callable[[Ticket], Awaitable[None]], stopped: asyncio.Event
) -> None:
    app = App(connector=PsycopgConnector(**_pool(queue.database, queue.schema, 4)))

    @app.task(name=NAME, queue=NAME)
    async def shard(campaign: int, shard: int) -> None:
        await work(Ticket(campaign, shard))

    async with app.open_async():
        running = asyncio.create_task(
            app.run_worker_async(
                queues=[NAME], concurrency=threads, install_signal_handlers=False, delete_jobs="always",
                fetch_job_polling_interval=POLL, update_heartbeat_interval=HEARTBEAT, stalled_worker_timeout=STALLED,
            )
        )  # fmt: skip
        others: list[asyncio.Task[Any]] = [asyncio.create_task(stopped.wait()), asyncio.create_task(_recover(app))]
        await asyncio.wait([running, *others], return_when=asyncio.FIRST_COMPLETED)
        # Cancelled it takes no more, and waits for what is in hand.
        running.cancel()
        for other in others:
            other.cancel()
        for ended in await asyncio.gather(running, *others, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


async def _recover(app: App) -> None:
    """Take away jobs of workers that gave no sign of life; their shards are dealt out again when their lease is over."""
    while True:
        for job in await app.job_manager.get_stalled_jobs(queue=NAME, seconds_since_heartbeat=STALLED):
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
        await app.job_manager.prune_stalled_workers(STALLED)
        await asyncio.sleep(HEARTBEAT)


def _ticket(job: Job) -> Ticket:
    return Ticket(int(job.task_kwargs["campaign"]), int(job.task_kwargs["shard"]))  # type: ignore[arg-type]


def _pool(database: Database, schema: str, most: int) -> dict[str, Any]:
    kwargs = database.parameters(schema)
    return {"conninfo": database.url, "kwargs": kwargs, "min_size": 1, "max_size": most, "timeout": 10}


def silence() -> None:
    """Keep Procrastinate's own log, and that of its connections, off the operator's screen."""
    for name in ("procrastinate", "psycopg.pool", "asyncio"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False


@contextlib.contextmanager
def _guarded(database: Database) -> Iterator[None]:
    try:
        yield
    except ConnectorException as error:
        cause = error.__cause__ or error
        message = f"{database.name}: the queue cannot be used: {str(cause).strip().partition(chr(10))[0]}"
        raise LedgerLost(message) from error
