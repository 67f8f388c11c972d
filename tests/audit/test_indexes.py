"""How PostgreSQL finds its way in a long audit log."""

import pytest
from django.db import connection

from server.accounts.authors import system_author
from server.accounts.selectors.access import audit_log

ROWS = """
INSERT INTO audit_auditrecord (organisation_id, project_id, environment_id, author_kind, author_id, author_name,
                               action, object_type, object_id, object_name, created_at, request_id)
SELECT 1, 1, CASE WHEN n % 3 = 0 THEN NULL ELSE n % 100 END, 'USER', 1, 'Ada',
       'flag.update', 'Flag', n, 'colour', now(), ''
FROM generate_series(1, 20000) AS n
"""


@pytest.mark.django_db
def test_the_log_of_one_environment_is_found_by_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
        cursor.execute("ANALYZE audit_auditrecord")
    log = audit_log(system_author("tests"), environment_id=7)

    plans = [log[:50].explain(), log.order_by().values("id").explain()]

    assert log.count() == 134
    assert all("audit_by_environment" in plan for plan in plans), plans
