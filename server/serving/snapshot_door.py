"""`GET /v1/snapshot`: the document of an environment, for those who evaluate in process; never for client-side keys.

It has every rule and every value in it, so it is not for web pages. Writing a large one takes
a while, so answering is two steps: `glance` is for the thread that serves everybody, `written`
for another one.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from functools import cached_property

import orjson

from server.evaluation.snapshot import EnvironmentDocument, fault_of
from server.serving.etags import ANY, entity_tag, is_among
from server.serving.messages import Headers, Request, Response
from server.serving.ofrep_errors import JSON, forbidden

_VARY = ("vary", "accept-encoding")


class Snapshot:
    """One revision's document as it is sent: written, and compressed, when first asked for."""

    def __init__(self, document: EnvironmentDocument) -> None:
        self._document = document

    @cached_property
    def tag(self) -> str:
        """Of the revision, and of what could not be written: another process may have been able to."""
        document = self._document
        faults = [f"{part}.{key}" for part in ("segments", "flags") for key in _faulty(document[part])]
        return entity_tag("snapshot", str(document["environment"]["id"]), str(document["revision"]), *faults)

    @cached_property
    def body(self) -> bytes:
        """Written part by part: nobody else gets to run while the encoder does."""
        parts = [_member(name, value) for name, value in self._document.items() if name not in ("segments", "flags")]
        for name in ("segments", "flags"):
            parts.append(b"%b:{%b}" % (orjson.dumps(name), b",".join(_members(self._document[name]))))
        return b"{%b}" % b",".join(parts)

    @cached_property
    def compressed(self) -> bytes:
        return gzip.compress(self.body, compresslevel=1, mtime=0)


def glance(held: Snapshot, request: Request, *, client: bool) -> Response | None:
    """That the key may not have it, or that it has not changed; None where the document is to be sent."""
    if client:
        return forbidden("A snapshot holds every rule: it is for server-side keys.")
    not_wanted = request.headers.get("if-none-match")
    if not_wanted is not None and (not_wanted.strip() == ANY or is_among(held.tag, not_wanted)):
        return Response(304, _headers(held))
    return None


def written(held: Snapshot, request: Request) -> Response:
    """The document, as the caller takes it. The first time takes long."""
    if _takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(200, (JSON, *_headers(held), ("content-encoding", "gzip")), held.compressed)
    return Response(200, (JSON, *_headers(held)), held.body)


def _headers(held: Snapshot) -> Headers:
    return ("etag", held.tag), ("cache-control", "private, no-cache"), _VARY


def _faulty(parts: Mapping[str, object]) -> list[str]:
    return sorted(key for key, document in parts.items() if fault_of(document) is not None)


def _members(parts: Mapping[str, object]) -> Iterator[bytes]:
    return (_member(name, value) for name, value in parts.items())


def _member(name: str, value: object) -> bytes:
    return b"%b:%b" % (orjson.dumps(name), orjson.dumps(value))


def _takes_gzip(accepted: str) -> bool:
    """Whether gzip is listed, and not ruled out by a weight of nothing."""
    for part in accepted.lower().split(","):
        name, _, weight = part.replace(" ", "").partition(";q=")
        if name == "gzip":
            return weight.strip("0.") != "" or not weight
    return False
