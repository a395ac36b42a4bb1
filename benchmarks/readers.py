"""How fast each reader gives an audience and in how much memory, by its size: CSV, JSON Lines, Parquet, SQL."""

from __future__ import annotations

import csv
import json
import multiprocessing
import sqlite3
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import output
from benchmarks.plan import write
from notifier import audience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

#: Times the memory of the smallest size that the largest may take.
FLAT = 1.5
#: Rows that are converted at once.
SOME = 10_000


def as_csv(rows: Path, folder: Path) -> audience.Source:
    """Return the rows as they are."""
    del folder
    return audience.parse(str(rows))


def as_jsonl(rows: Path, folder: Path) -> audience.Source:
    """Return the rows as an object a line."""
    path = folder / "accounts.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        for some in _some(rows):
            stream.writelines(f"{json.dumps(row)}\n" for row in some)
    return audience.parse(str(path))


def as_parquet(rows: Path, folder: Path) -> audience.Source:
    """Return the rows in groups of columns."""
    import pyarrow as pa  # noqa: PLC0415 - its memory is no other reader's
    from pyarrow import parquet  # noqa: PLC0415

    path = folder / "accounts.parquet"
    schema = pa.schema([(name, pa.string()) for name in next(_some(rows))[0]])
    with parquet.ParquetWriter(path, schema) as writer:
        for some in _some(rows):
            writer.write_table(pa.Table.from_pylist(some, schema=schema))
    return audience.parse(str(path))


def as_sql(rows: Path, folder: Path) -> audience.Source:
    """Return a query over a table."""
    path = folder / "accounts.db"
    connection = sqlite3.connect(path)
    names = list(next(_some(rows))[0])
    connection.execute(f"CREATE TABLE accounts ({', '.join(names)})")
    for some in _some(rows):
        connection.executemany(f"INSERT INTO accounts VALUES ({', '.join(f':{name}' for name in names)})", some)
    connection.commit()
    connection.close()
    return audience.parse(f"sqlite:///{path}", "SELECT * FROM accounts")


KINDS: dict[str, Callable[[Path, Path], audience.Source]] = {
    "csv": as_csv, "jsonl": as_jsonl, "parquet": as_parquet, "sql": as_sql,
}  # fmt: skip


def measured(source: audience.Source, count: int) -> dict[str, float]:
    """Read a source in a process of its own; return holders a second of the processor, and the peak of memory."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(source, there))
    process.start()
    holders, faults, seconds, peak = here.recv()
    process.join()
    assert count == holders + faults, (count, holders, faults)
    return {"holders_per_core_second": round(count / seconds), "peak_mb": round(peak / 1024, 1), "faults": faults}


def _child(source: audience.Source, answer: Connection) -> None:
    began, holders, faults = time.process_time(), 0, 0
    for page in audience.pages(source):
        if isinstance(page, audience.Fault):
            faults += not page.kept
        else:
            holders += len(page)
    seconds = time.process_time() - began
    answer.send((holders, faults, seconds, _peak()))


def _peak() -> int:
    """Return the most kilobytes this process had; `getrusage` counts what its parent had when it began, too."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1])


def _some(rows: Path) -> Iterator[list[dict[str, str]]]:
    with rows.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        while some := list(islice(reader, SOME)):
            yield some


def main() -> None:
    """Print one JSON object; end with 1 where memory grows with the audience."""
    parser = output.parser(__doc__)
    parser.add_argument(
        "--holders", type=int, nargs="*", default=[10_000, 1_000_000], help="10000000 is the full size."
    )
    options = parser.parse_args()
    found: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for count in sorted(options.holders):
        with tempfile.TemporaryDirectory() as name:
            rows = Path(name) / "accounts.csv"
            write(rows, count)
            for kind, make in KINDS.items():
                with tempfile.TemporaryDirectory() as own:
                    found[kind][str(count)] = measured(make(rows, Path(own)), count)
    peaks = {kind: [one["peak_mb"] for one in sizes.values()] for kind, sizes in found.items()}
    growth = {kind: round(max(several) / min(several), 2) for kind, several in peaks.items()}
    output.say({"readers": found, "growth_of_memory": growth, "target": FLAT}, options)
    sys.exit(int(max(growth.values()) > FLAT))


if __name__ == "__main__":
    main()
