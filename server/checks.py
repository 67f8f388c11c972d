"""Checks of plain input that every service needs; they return problems, and never raise or read anything.

A text may hold neither a NUL, which PostgreSQL cannot store, nor half of a surrogate
pair, which no UTF-8 can carry. Neither a message nor a path repeats such a text: an
answer that carried one could not be sent.
"""

from server.errors import PathItem, Problem

MAX_TEXT_PROBLEMS = 100
"""``json_text_problems`` stops here: one document must not be answered by a larger one."""

MAX_PATH_KEY = 200
"""A longer key of a JSON object is not repeated in a path."""

_Trail = tuple["_Trail", PathItem] | None
"""A path as a linked list from its end: copying a tuple at each level of a deep value is quadratic."""


def is_sound_text(text: str) -> bool:
    """Whether a text can be stored and sent: no NUL, no lone surrogate."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_path_key(key: object) -> bool:
    """Whether a key of a JSON object may be repeated in the path of a problem."""
    return isinstance(key, str) and len(key) <= MAX_PATH_KEY and is_sound_text(key)


def bad_text(path: tuple[PathItem, ...]) -> Problem:
    """The problem of a text that is not sound."""
    return Problem(path, "BAD_TEXT", "A text may hold neither NUL characters nor lone surrogates.")


def text_problems(
    value: object,
    *,
    path: tuple[PathItem, ...],
    min_length: int = 0,
    max_length: int,
    allow_blank: bool,
) -> list[Problem]:
    """Everything that is wrong with a text; lengths are counted in code points."""
    if not isinstance(value, str):
        return [Problem(path, "WRONG_TYPE", "This must be a text.")]
    problems = []
    if not allow_blank and not value.strip():
        problems.append(Problem(path, "BLANK", "This must not be empty or blank."))
    elif len(value) < min_length:
        message = f"This takes at least {min_length:,} characters, and has {len(value):,}."
        problems.append(Problem(path, "TOO_SHORT", message))
    if len(value) > max_length:
        message = f"This takes at most {max_length:,} characters, and has {len(value):,}."
        problems.append(Problem(path, "TOO_LONG", message))
    if not is_sound_text(value):
        problems.append(bad_text(path))
    return problems


def json_text_problems(value: object, path: tuple[PathItem, ...]) -> list[Problem]:
    """Every text in a JSON value, keys included, that is not sound, in the order of the value.

    At most ``MAX_TEXT_PROBLEMS`` of them. A key that is not sound, and everything below
    it, is reported at the object that has the key. Works at any depth of nesting.
    """
    problems: list[Problem] = []
    seen: set[int] = set()
    todo: list[tuple[object, _Trail]] = [(value, None)]
    while todo and len(problems) < MAX_TEXT_PROBLEMS:
        current, trail = todo.pop()
        if isinstance(current, str):
            if not is_sound_text(current):
                problems.append(bad_text(_path(path, trail)))
        elif isinstance(current, dict | list | tuple) and id(current) not in seen:
            seen.add(id(current))
            if isinstance(current, dict):
                if any(isinstance(key, str) and not is_sound_text(key) for key in current):
                    problems.append(bad_text(_path(path, trail)))
                below = [(v, (trail, k) if is_path_key(k) else trail) for k, v in current.items()]
            else:
                below = [(item, (trail, index)) for index, item in enumerate(current)]
            todo.extend(reversed(below))
    return problems


def _path(prefix: tuple[PathItem, ...], trail: _Trail) -> tuple[PathItem, ...]:
    items: list[PathItem] = []
    while trail is not None:
        trail, item = trail
        items.append(item)
    return (*prefix, *reversed(items))
