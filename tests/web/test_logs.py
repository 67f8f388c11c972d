"""The log, where it differs from what Django would write."""

import logging

import pytest
from django.test import Client

from server.web.logs import one_line_warning


def test_a_host_that_is_not_ours_is_one_warning_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, logger="django.security.DisallowedHost"):
        answer = Client(raise_request_exception=False).get("/sign-in", headers={"host": "evil.test"})

    (record,) = [record for record in caplog.records if record.name == "django.security.DisallowedHost"]
    assert answer.status_code == 400
    assert (record.levelno, record.levelname, record.exc_info) == (logging.WARNING, "WARNING", None)
    assert "evil.test" in record.getMessage()


def test_a_log_of_errors_alone_leaves_the_warning_out() -> None:
    logger = logging.getLogger("tests.of.hosts")
    record = logger.makeRecord(logger.name, logging.ERROR, __file__, 1, "Invalid HTTP_HOST header", (), None)

    logger.setLevel(logging.ERROR)
    assert one_line_warning(record) is False
    logger.setLevel(logging.WARNING)
    assert one_line_warning(record) is True
