"""Makes the events and exposures of a large experiment, always the same, straight into Parquet files. Asks nothing."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.results.question import DAYS, EXPERIMENT, LOOKBACK, OPENED, PHASE, VARIANTS
from server.warehouse.parquet.duck import text
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.manifest import Written, list_files, path_of
from server.warehouse.parquet.rows import order, selected, written
from server.warehouse.tables import FileKind
from server.warehouse.times import DAY

ROWS = 1_000_000
"""Of a file, as compaction makes them."""

EVENTS_A_UNIT = 100
EXPOSURES_A_UNIT = 2
MEMORY = "1GB"

_PROPERTIES = """map(['device', 'country'], [
    ['mobile', 'desktop', 'tablet'][1 + (hash(u, 11) % 3)::INTEGER],
    ['DE', 'FR', 'AT', 'NL', 'SE'][1 + (hash(u, 12) % 5)::INTEGER]
])"""

# A file holds a stretch of time, as blocks do; units come in all of them.
_EVENTS = f"""
SELECT {{environment}}::BIGINT AS environment_id, 'event-' || i AS event_id, 'customer-' || u AS targeting_key,
    time, time + 1000000 AS received_at, name, value, {_PROPERTIES} AS properties
FROM (
    SELECT i, u, time, name, CASE name
        WHEN 'page_loaded' THEN round(300 + 2000 * chance, 1)
        WHEN 'order_placed' THEN round(12 - 40 * ln(1 - chance), 2)
    END AS value
    FROM (
        SELECT i, (hash(i, 1) % {{units}})::BIGINT AS u,
            {{since}} + (hash(i, 2) % {{span}})::BIGINT AS time,
            ['page_loaded', 'page_loaded', 'page_loaded', 'page_loaded', 'page_loaded', 'added_to_basket',
             'added_to_basket', 'order_placed', 'order_cancelled', 'searched'][1 + (hash(i, 3) % 10)::INTEGER] AS name,
            (hash(i, 4) % 1000000)::DOUBLE / 1000000 AS chance
        FROM range({{first}}, {{last}}) AS made(i)
    )
)
"""

# Of a unit the first exposure lies in the first three weeks; one in two thousand units meets a second variant.
_EXPOSURES = f"""
SELECT {{environment}}::BIGINT AS environment_id, 'exposure-' || i AS event_id, 'customer-' || u AS targeting_key,
    {OPENED} + (hash(u, 5) % {21 * DAY})::BIGINT + nth * (hash(u, 6) % {6 * DAY})::BIGINT AS time,
    {OPENED + 30 * DAY}::BIGINT AS received_at, 'layout' AS flag,
    {list(VARIANTS)}[1 + ((hash(u, 7) + (nth = 1 AND hash(u, 8) % 2000 = 0)::INTEGER) % {len(VARIANTS)})::INTEGER]
        AS variant,
    '{EXPERIMENT}' AS experiment, {PHASE}::INTEGER AS phase, {_PROPERTIES} AS properties
FROM (SELECT i, i // {EXPOSURES_A_UNIT} AS u, i % {EXPOSURES_A_UNIT} AS nth FROM range({{first}}, {{last}}) AS made(i))
"""


def make_data(folder: Folder, *, environment_id: int, events: int) -> None:
    """Write files with so many events of a hundredth as many units, and list them."""
    units = max(1, events // EVENTS_A_UNIT)
    files = []
    with contextlib.closing(duckdb.connect(":memory:", config={"memory_limit": MEMORY})) as duck:
        duck.execute("SET temp_directory = ?", [str(folder.root / "spilled")])
        for kind, rows in ((FileKind.EVENT, events), (FileKind.EXPOSURE, units * EXPOSURES_A_UNIT)):
            for number, (first, last) in enumerate(_slices(rows)):
                query = _query(kind, environment_id, units, first, last, of=rows)
                files.append(_written(duck, folder, kind, query, environment_id, number))
    now = datetime.now(UTC)
    list_files(folder, files, now=now)


def _slices(rows: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + ROWS, rows)) for first in range(0, rows, ROWS))


def _query(kind: FileKind, environment_id: int, units: int, first: int, last: int, *, of: int) -> str:
    if kind is FileKind.EXPOSURE:
        return _EXPOSURES.format(environment=environment_id, first=first, last=last)
    begin, whole = OPENED - LOOKBACK, LOOKBACK + DAYS * DAY
    since, until = begin + whole * first // of, begin + whole * last // of
    return _EVENTS.format(
        environment=environment_id, units=units, since=since, span=until - since, first=first, last=last
    )


def _written(
    duck: duckdb.DuckDBPyConnection, folder: Folder, kind: FileKind, query: str, environment_id: int, number: int
) -> Written:
    draft = folder.root / f"{kind.value}-{number}.parquet"
    draft.parent.mkdir(parents=True, exist_ok=True)
    duck.execute(written(f"SELECT {selected(kind)} FROM ({query}) ORDER BY {order(kind)}", text(str(draft))))
    found = duck.execute(f"SELECT count(*), min(time), max(time) FROM read_parquet({text(str(draft))})").fetchone()
    assert found is not None, "an aggregate has a row"
    rows, first_time, last_time = found
    path = path_of(environment_id, kind, last_time, f"made-{number}")
    size = draft.stat().st_size
    folder.settle(draft, path)
    return Written(environment_id, kind, path, rows, size, first_time, last_time)


def files_of(folder: Folder, kind: FileKind, environment_id: int) -> list[Path]:
    """Those that were made, in their order."""
    table = "events" if kind is FileKind.EVENT else "exposures"
    return sorted(folder.root.glob(f"{environment_id}/{table}/*/made-*.parquet"))
