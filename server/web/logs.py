"""Writes logs as one JSON object a line to standard error; never a query string, a body or a header.

Each line carries the id of the request that it was written for, if any.
"""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

current_request_id: ContextVar[str | None] = ContextVar("current_request_id", default=None)

FACTS = ("method", "path", "status", "duration_ms")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message and request id, then what else the record knows."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": current_request_id.get(),
        }
        line |= {fact: getattr(record, fact) for fact in FACTS if hasattr(record, fact)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def one_line_warning(record: logging.LogRecord) -> bool:
    """Make a warning without a traceback of the record: what is wrong is the client's."""
    record.levelno, record.levelname = logging.WARNING, "WARNING"
    record.exc_info = None
    return logging.getLogger(record.name).isEnabledFor(logging.WARNING)


def logging_settings(level: str) -> dict[str, Any]:
    """The settings for `logging.config.dictConfig`, for Django and for the server in front of it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "server.web.logs.JsonFormatter"}},
        "filters": {"one_line_warning": {"()": lambda: one_line_warning}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"},
            "nowhere": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"level": level, "propagate": True, "handlers": []},
            # Its lines say what the line of each request says already, with less in it.
            "django.request": {"level": "ERROR", "propagate": True},
            # Anybody can send a Host that is not ours.
            "django.security.DisallowedHost": {"filters": ["one_line_warning"], "propagate": True},
            "django.server": {"handlers": ["nowhere"], "propagate": False},
            "_granian": {"handlers": ["stderr"], "level": level, "propagate": False},
            "granian.access": {"handlers": ["nowhere"], "propagate": False},
        },
    }
