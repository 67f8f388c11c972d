"""What the texts and the key of an experiment may be, and the key that is made from a name."""

import re
import secrets

from django.utils.text import slugify

from server.checks import text_problems
from server.errors import Problem
from server.experimentation.models import MAX_HYPOTHESIS, MAX_KEY, MAX_NAME

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_ROOM_FOR_SUFFIX = 8


def experiment_text_problems(*, name: object, hypothesis: object) -> list[Problem]:
    """Everything that is wrong with an experiment's name and hypothesis; a hypothesis may be empty."""
    return [
        *text_problems(name, path=("input", "name"), max_length=MAX_NAME, allow_blank=False),
        *text_problems(hypothesis, path=("input", "hypothesis"), max_length=MAX_HYPOTHESIS, allow_blank=True),
    ]


def experiment_key_problems(key: object) -> list[Problem]:
    """Everything that is wrong with a key that was given."""
    path = ("input", "key")
    if problems := text_problems(key, path=path, max_length=MAX_KEY, allow_blank=False):
        return problems
    if not isinstance(key, str) or not _KEY.match(key):
        message = "A key starts with a letter or digit and goes on with letters, digits, “_”, “.” and “-”."
        return [Problem(path, "BAD_KEY", message)]
    return []


def key_from(name: str) -> str:
    """A key that people recognise the name in."""
    return slugify(name)[: MAX_KEY - _ROOM_FOR_SUFFIX].strip("-_") or "experiment"


def another_key(key: str) -> str:
    """The same key with a random end, for when it is taken."""
    return f"{key}-{secrets.token_hex(3)}"
