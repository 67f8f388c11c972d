"""Entity tags of answers that follow from a revision and a request alone; it never looks at an answer.

Because the tag of an answer is known before the answer is, a client that has it already
costs one hash.
"""

from __future__ import annotations

import re
from hashlib import blake2b

ANY = "*"

_TAG = re.compile(r'"[^"]*"')


def entity_tag(*facts: str, body: bytes = b"") -> str:
    """A strong tag of everything that an answer follows from, quoted as it goes into the header.

    The facts go in as Python writes a tuple, in ASCII and without a NUL: where they end the body
    begins, and no two tell the same.
    """
    digest = blake2b(ascii(facts).encode() + b"\0", digest_size=16)
    digest.update(body)
    return f'"{digest.hexdigest()}"'


def is_among(tag: str, if_none_match: str) -> bool:
    """Whether a header `If-None-Match` lists the tag, by the weak comparison that HTTP asks for.

    ``*`` lists nothing: what it means depends on whether there is an answer at all.
    """
    return if_none_match == tag or tag in _TAG.findall(if_none_match)
