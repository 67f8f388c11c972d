"""Decides whether the server may start with the settings it has; changes none of them.

Commands that serve nothing (making migrations, printing the schema) run without them.
"""

from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

SHORTEST_KEY = 50
FEWEST_DIFFERENT = 8
DEVELOPMENT_KEY = "development-only: never serve with this key, it is published"
PUBLISHED = ("django-insecure", "development-only", "change", "secret", "your-", "example", "insecure")


def sound_secret_key(key: str, *, debug: bool) -> str:
    """The key to sign with, or nothing where there is none yet.

    Raises:
        ImproperlyConfigured: the key can be guessed, and this is not development.
    """
    if debug:
        return key or DEVELOPMENT_KEY
    weak = len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_DIFFERENT or key.lower().startswith(PUBLISHED)
    if key and weak:
        raise ImproperlyConfigured(
            f"SECRET_KEY is weak: give it at least {SHORTEST_KEY} random characters "
            "(python3 -c 'import secrets; print(secrets.token_urlsafe(50))' makes some)"
        )
    return key


def first_line(problem: Exception) -> str:
    """What a problem says first: a database says more, in lines of which one is enough."""
    return next((line.strip() for line in str(problem).splitlines() if line.strip()), type(problem).__name__)


def refuse_without(missing: Sequence[str]) -> None:
    """Name every setting that a server cannot start without, and that is missing.

    Raises:
        ImproperlyConfigured: at least one is missing.
    """
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise ImproperlyConfigured(f"{' and '.join(missing)} {verb} missing: docs/production.md says what to set")
