"""Texts in the arguments of queries, where no result union can carry a refusal."""

from server.checks import is_sound_text
from server.schema.http.errors import BAD_USER_INPUT, ClientError

MAX_SEARCH = 200


def sound(text: str | None) -> str | None:
    """The text, if the database can look for it.

    Raises:
        ClientError: it holds what no text may, or is too long.
    """
    if text is not None and (not is_sound_text(text) or len(text) > MAX_SEARCH):
        message = f"A text to look for has at most {MAX_SEARCH} characters, and no NUL or lone surrogate."
        raise ClientError(message, code=BAD_USER_INPUT)
    return text
