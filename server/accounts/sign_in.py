"""Signs a user in with e-mail address and password, and slows down whoever guesses.

Attempts are counted per address in the database, since web processes hold no state, and
before the password is looked at: attempts at the same time cannot slip past the limit.
An address that is nobody's is treated like any other, so that answers do not tell them
apart.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from django.contrib.auth import authenticate, login
from django.db import connection, transaction
from django.http import HttpRequest

from server.accounts.inputs import MAX_PASSWORD_LENGTH
from server.accounts.models import EMAIL_LENGTH, SignInAttempts, User
from server.checks import is_sound_text
from server.errors import Refusal

MAX_ATTEMPTS = 10
WINDOW = timedelta(minutes=15)

_COUNT = """
INSERT INTO accounts_signinattempts AS known (email_digest, attempts, window_started_at)
VALUES (%(digest)s, 1, %(now)s)
ON CONFLICT (email_digest) DO UPDATE SET
    attempts = CASE WHEN known.window_started_at <= %(over)s THEN 1 ELSE known.attempts + 1 END,
    window_started_at =
        CASE WHEN known.window_started_at <= %(over)s THEN %(now)s ELSE known.window_started_at END
RETURNING attempts, window_started_at
"""


class WrongCredentials(Refusal):
    """No active user has this address and this password; which of the two is wrong is not told."""

    code = "WRONG_CREDENTIALS"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is not right.")


class TooManyAttempts(Refusal):
    """Too many attempts with this address; even the right password does not count until then."""

    code = "TOO_MANY_ATTEMPTS"

    def __init__(self, retry_at: datetime, now: datetime) -> None:
        self.retry_at = retry_at
        minutes = -(-(retry_at - now) // timedelta(minutes=1))
        super().__init__(f"Too many attempts to sign in. Try again in {minutes} minutes.")


def sign_in(request: HttpRequest, *, email: str, password: str, now: datetime) -> User:
    """Check the password and make the request's session the user's.

    Raises:
        TooManyAttempts: ``MAX_ATTEMPTS`` were made with this address in the last ``WINDOW``.
        WrongCredentials: there is no active user with this address and password.
    """
    email = email.strip().lower()
    if not is_sound_text(email + password) or len(email) > EMAIL_LENGTH or len(password) > MAX_PASSWORD_LENGTH:
        raise WrongCredentials
    digest = sha256(email.encode()).hexdigest()
    _count_attempt(digest, now)
    user = authenticate(request, username=email, password=password)
    if not isinstance(user, User):
        raise WrongCredentials
    _forget_attempts(digest, now)
    login(request, user)
    return user


def _count_attempt(digest: str, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"digest": digest, "now": now, "over": now - WINDOW})
        attempts, window_started_at = cursor.fetchone()
    if attempts > MAX_ATTEMPTS:
        raise TooManyAttempts(window_started_at + WINDOW, now)


@transaction.atomic
def _forget_attempts(digest: str, now: datetime) -> None:
    """Forget those with this address, and what is too old to count; skips rows in use elsewhere."""
    SignInAttempts.objects.filter(pk=digest).delete()
    over = SignInAttempts.objects.filter(window_started_at__lte=now - WINDOW)
    SignInAttempts.objects.filter(pk__in=over.select_for_update(skip_locked=True).values("pk")).delete()
