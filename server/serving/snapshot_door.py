"""`GET /v1/snapshot`: the document of an environment, for those who evaluate in process; never for client-side keys.

It has every rule and every value in it, so it is not for web pages.
"""

from __future__ import annotations

import gzip
from functools import cached_property

import orjson

from server.evaluation.snapshot import EnvironmentDocument
from server.serving.etags import ANY, entity_tag, is_among
from server.serving.messages import Request, Response
from server.serving.ofrep_errors import JSON, forbidden

_VARY = ("vary", "accept-encoding")


class Snapshot:
    """One revision's document as it is sent: written, and compressed, when first asked for."""

    def __init__(self, document: EnvironmentDocument) -> None:
        self._document = document

    @cached_property
    def tag(self) -> str:
        return entity_tag("snapshot", str(self._document["environment"]["id"]), str(self._document["revision"]))

    @cached_property
    def body(self) -> bytes:
        return orjson.dumps(self._document)

    @cached_property
    def compressed(self) -> bytes:
        return gzip.compress(self.body, compresslevel=1, mtime=0)


def snapshot(held: Snapshot, request: Request, *, client: bool) -> Response:
    """The document, or that it has not changed."""
    if client:
        return forbidden("A snapshot holds every rule: it is for server-side keys.")
    headers = (("etag", held.tag), ("cache-control", "private, no-cache"), _VARY)
    not_wanted = request.headers.get("if-none-match")
    if not_wanted is not None and (not_wanted.strip() == ANY or is_among(held.tag, not_wanted)):
        return Response(304, headers)
    if _takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(200, (JSON, *headers, ("content-encoding", "gzip")), held.compressed)
    return Response(200, (JSON, *headers), held.body)


def _takes_gzip(accepted: str) -> bool:
    """Whether gzip is listed, and not ruled out by a weight of nothing."""
    for part in accepted.lower().split(","):
        name, _, weight = part.replace(" ", "").partition(";q=")
        if name == "gzip":
            return weight.strip("0.") != "" or not weight
    return False
