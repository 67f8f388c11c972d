"""Tells who a request comes from: a signed-in user, or a machine with an API key.

Asks the database only when somebody wants to know, and once a request. Never tells what
the author may do.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from server.accounts.authors import Author
from server.accounts.keys import digest_of, looks_like_key
from server.accounts.models import ApiKey, User
from server.accounts.selectors.authors import author_of_user, held_grant
from server.audit.authorship import AuthorKind
from server.database.prepared import PreparedQuery

LAST_USE_PRECISION = timedelta(minutes=5)
"""A key's last use is written down at most this often, not with every request."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Authentication:
    """What came of looking at a request: an author, a failure to say so, or (a stranger) neither."""

    author: Author | None = None
    failure: str | None = None


def author_of(request: HttpRequest) -> Author | None:
    """Who the request comes from, or None. At most three statements the first time, none after."""
    return authentication_of(request).author


def authentication_failure_of(request: HttpRequest) -> str | None:
    """Why the key that the request came with is not accepted; None also when it came with none."""
    return authentication_of(request).failure


def authentication_of(request: HttpRequest) -> Authentication:
    """What the request says about its author. With an ``Authorization`` header, cookies do not count."""
    known: Authentication | None = getattr(request, "_authentication", None)
    if known is None:
        header = _authorization(request)
        known = _by_session(request) if header is None else _by_header(header, timezone.now())
        request._authentication = known  # type: ignore[attr-defined]
    return known


def _authorization(request: HttpRequest) -> str | None:
    """The header that is meant for us; a proxy in front may have a use of its own for ``Basic``."""
    header = request.headers.get("Authorization")
    return None if header is None or header.lower().startswith("basic ") else header


def _by_session(request: HttpRequest) -> Authentication:
    user = request.user
    return Authentication(author_of_user(user)) if isinstance(user, User) else Authentication()


_key_with_grants = PreparedQuery(
    lambda digest: (
        ApiKey.objects.filter(digest=digest)
        .order_by("grants__id")
        .values_list(
            "id",
            "name",
            "expires_at",
            "revoked_at",
            "last_used_at",
            "grants__role",
            "grants__organisation_id",
            "grants__project_id",
            "grants__environment_id",
        )
    ),
    str,
)


def _by_header(header: str, now: datetime) -> Authentication:
    scheme, _, key = header.partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key:
        return Authentication(failure='The Authorization header must read "Bearer", then an API key.')
    if not looks_like_key(key):
        return Authentication(failure="This is not an API key: one is fsk_ and 43 characters.")
    found = _key_with_grants(digest_of(key))
    if not found:
        return Authentication(failure="There is no such API key.")
    key_id, name, expires_at, revoked_at, last_used_at = found[0][:5]
    if revoked_at is not None:
        return Authentication(failure="This API key was revoked.")
    if expires_at is not None and expires_at <= now:
        return Authentication(failure="This API key has expired.")
    _note_use(key_id, last_used_at, now)
    grants = tuple(held_grant(*row[5:]) for row in found if row[5] is not None)
    return Authentication(Author(AuthorKind.API_KEY, key_id, name, grants))


def _note_use(key_id: int, last_used_at: datetime | None, now: datetime) -> None:
    """Write down that a key is in use, if that was not done lately.

    Never in somebody's transaction, which a failure would spoil; and a request that only
    reads must not fail because the database takes no writes just now.
    """
    stale = now - LAST_USE_PRECISION
    if connection.in_atomic_block or (last_used_at is not None and last_used_at > stale):
        return
    try:
        ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=stale), pk=key_id).update(last_used_at=now)
    except DatabaseError:
        logger.warning("The last use of API key %s could not be written down", key_id, exc_info=True)
