"""Thins out the computations of long ago: an hourly one is large, and nobody looks at each. Touches none that is shown.

Of the last week all are kept; before that the last of each day, and after ninety days the last of each week. One that
was done goes before one that failed. What `ResultsState` names stays, and so does whatever was final or has decided.
What still has breakdowns was shown until a moment ago: `results.breakdowns` drops them when another one is shown.
"""

from datetime import datetime, timedelta

from django.db import connection

from server.database.repeated import Repeated

ALL_KEPT = timedelta(days=7)
DAYS_KEPT = timedelta(days=90)

PORTION = 500
"""Of a few hundred kilobytes each, rarely of a few megabytes."""

# Days and weeks are of UTC. Nothing that is this old comes to be named by a state after the statement has begun.
_THIN_OUT = Repeated(f"""
DELETE FROM experimentation_computation WHERE id = ANY(ARRAY(
    SELECT id FROM (
        SELECT id, experiment_id, is_final, decides, row_number() OVER (
            PARTITION BY experiment_id, span, date_trunc(span, finished_at AT TIME ZONE 'UTC')
            ORDER BY status = 'DONE' DESC, number DESC
        ) AS place
        FROM experimentation_computation
        CROSS JOIN LATERAL (
            SELECT CASE WHEN finished_at < %s::timestamptz THEN 'week' ELSE 'day' END AS span
        ) AS spans
        WHERE finished_at < %s::timestamptz
    ) AS old
    WHERE place > 1 AND NOT is_final AND NOT decides AND NOT EXISTS (
        SELECT 1 FROM experimentation_resultsstate AS state
        WHERE state.experiment_id = old.experiment_id
            AND old.id IN (state.current_id, state.latest_id, state.decided_id)
    ) AND NOT EXISTS (
        SELECT 1 FROM experimentation_breakdown AS breakdown WHERE breakdown.computation_id = old.id
    )
    ORDER BY id
    LIMIT {PORTION}
))
""")


def thin_out_computations(*, now: datetime, most_portions: int) -> int:
    """Delete what is not kept, a portion a statement; how many."""
    deleted = 0
    for _ in range(most_portions):
        with connection.cursor() as cursor:
            cursor.execute(_THIN_OUT, [now - DAYS_KEPT, now - ALL_KEPT])
            deleted += cursor.rowcount
            if cursor.rowcount < PORTION:
                break
    return deleted
