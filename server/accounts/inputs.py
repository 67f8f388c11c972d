"""Checks of what people type about accounts; each returns its problems, and none asks the database."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from server.accounts.models import EMAIL_LENGTH, NAME_LENGTH, User
from server.checks import text_problems
from server.errors import InvalidInput, Problem

MAX_PASSWORD_LENGTH = 4096


def name_problems(name: object, field: str = "name") -> list[Problem]:
    """What is wrong with the name of an organisation, a person or a key."""
    return text_problems(name, path=(field,), max_length=NAME_LENGTH, allow_blank=False)


def email_problems(email: str) -> list[Problem]:
    """What is wrong with an e-mail address."""
    problems = text_problems(email, path=("email",), max_length=EMAIL_LENGTH, allow_blank=False)
    if not problems:
        try:
            validate_email(email)
        except ValidationError:
            problems.append(Problem(("email",), "NOT_AN_EMAIL", "This must be an e-mail address."))
    return problems


def password_problems(password: str, *, email: str, name: str) -> list[Problem]:
    """What is wrong with a new password, by the settings' validators."""
    problems = text_problems(password, path=("password",), max_length=MAX_PASSWORD_LENGTH, allow_blank=False)
    if not problems:
        try:
            validate_password(password, User(email=email, name=name))
        except ValidationError as weak:
            problems.extend(Problem(("password",), "WEAK_PASSWORD", text) for text in weak.messages)
    return problems


def expiry_problems(expires_at: datetime | None, *, now: datetime) -> list[Problem]:
    """What is wrong with the moment from which a key is not accepted any more."""
    if expires_at is None or expires_at > now:
        return []
    return [Problem(("expiresAt",), "IN_THE_PAST", "A key must expire in the future, or never.")]


def refuse_any(problems: list[Problem], *prefix: str) -> None:
    """Refuse an input that has problems, all at once; ``prefix`` is where the caller put the input."""
    if problems:
        raise InvalidInput([problem.below(*prefix) for problem in problems])
