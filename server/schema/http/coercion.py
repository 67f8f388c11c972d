"""What GraphQL says of values that do not fit, in JSON's words; never echoes a whole input.

The library tells values as Python writes them. Only its own texts are reworded, by the
words that it puts around the value: what a scalar of ours says stays as it is.
"""

import re

MAX_LENGTH = 500

_WHERE = r"\A(?:Variable '\$\w+' has invalid value[^:]*: )?"
_NULL = re.compile(_WHERE + r"Expected value of non-null type '[^']+' not to be (?P<value>None)\.\Z")
_ECHO = re.compile(
    _WHERE + r"Expected value of type '[^']+' "
    r"(?:to be an object|to include required field '\w+'|not to include unknown field '[^\n]*?')"
    r"(?:\. Did you mean .*\?)?(?P<value>,? [Ff]ound: .*)\Z",
    re.DOTALL,
)
_SCALAR = re.compile(_WHERE + r"(?:Enum )?'?\w+'? cannot represent [\w -]*: (?P<value>.*)\Z", re.DOTALL)
_WORDS = {"None": "null", "True": "true", "False": "false"}


def in_words_of_json(message: str) -> str:
    """The message, with Python's names for values replaced and long values left out."""
    if found := _NULL.match(message):
        message = f"{message[: found.start('value')]}null."
    elif found := _ECHO.match(message):
        kept = message[: found.start("value")]
        message = kept if kept.endswith("?") else f"{kept}."
    elif found := _SCALAR.match(message):
        value, kept = found["value"], message[: found.start("value")]
        for python, json in _WORDS.items():
            if value.rstrip(".") == python:
                message = f"{kept}{json}{value.removeprefix(python)}"
        if value.startswith(("{", "[")):
            message = f"{kept}{'an object' if value[0] == '{' else 'a list'}."
    return message if len(message) <= MAX_LENGTH else f"{message[: MAX_LENGTH - 1]}…"
