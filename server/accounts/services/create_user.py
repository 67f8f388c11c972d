"""Creates users, for the server's own commands and the demo. Never grants them anything."""

from datetime import datetime

from django.db import transaction

from server.accounts.inputs import email_problems, name_problems, password_problems, refuse_any
from server.accounts.models import User
from server.accounts.refusals import EmailTaken
from server.database.integrity import refused_by


@transaction.atomic(durable=True)
def create_user(*, email: str, name: str, password: str, now: datetime) -> User:
    """Create somebody who can sign in, and has no role anywhere yet.

    Raises:
        InvalidInput: the address, the name or the password.
        EmailTaken: another user has this address.
    """
    return add_user(email=email, name=name, password=password, now=now)


def add_user(*, email: str, name: str, password: str, now: datetime) -> User:
    """Check and write a user in the caller's transaction; refuses as ``create_user`` does."""
    problems = [*email_problems(email), *name_problems(name)]
    refuse_any(problems or password_problems(password, email=email, name=name))
    with refused_by({"user_email_unique": lambda: EmailTaken(email)}):
        return User.objects.create_user(email, password, name=name, created_at=now)
