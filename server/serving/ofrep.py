"""The OpenFeature Remote Evaluation Protocol, version 0.3.0, over one environment; it never looks at a key or a clock.

Who asks is settled before: the functions are told whether the key is a client-side one. To
such a key a `serverOnly` feature does not exist, and no answer to anybody holds more than
the evaluations that were asked for. Nothing that is sent makes them raise.
"""

from __future__ import annotations

from server.serving.etags import ANY, entity_tag, is_among
from server.serving.messages import Request, Response
from server.serving.ofrep_answers import Answers, Met
from server.serving.ofrep_context import MAX_BODY, Unreadable, read_context
from server.serving.ofrep_errors import JSON, too_large, unreadable

FLAGS_PATH = "/ofrep/v1/evaluate/flags"
"""Every flag is evaluated here, and one of them below it: at its key."""


def evaluate_flag(answers: Answers, request: Request, *, key: str, client: bool, met: Met | None = None) -> Response:
    """One flag's evaluation. An evaluation that fails for want of a targeting key is a 400."""
    if len(request.body) > MAX_BODY:
        return too_large()
    context = read_context(request.body, request.headers.get("content-type"))
    if isinstance(context, Unreadable):
        return unreadable(context, key)
    return answers.single(key, context, client=client, met=met)


def evaluate_flags(answers: Answers, request: Request, *, client: bool, events_uri: str | None = None) -> Response:
    """The evaluations of all flags; a flag that cannot be evaluated has an error among them.

    ``events_uri`` is the path, with its query, at which the caller hears of new revisions:
    clients that know event streams listen there instead of polling.
    """
    if len(request.body) > MAX_BODY:
        return too_large()
    tag = entity_tag(*answers.identity, str(client), events_uri or "", body=request.body)
    not_wanted = request.headers.get("if-none-match")
    if not_wanted is not None and is_among(tag, not_wanted):
        return Response(304, (("etag", tag),))
    context = read_context(request.body, request.headers.get("content-type"))
    if isinstance(context, Unreadable):
        return unreadable(context)
    if not_wanted is not None and not_wanted.strip() == ANY:
        return Response(304, (("etag", tag),))
    body = answers.bulk(context, client=client, events_uri=events_uri)
    return Response(200, (JSON, ("etag", tag)), body)
