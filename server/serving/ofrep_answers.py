"""What one compiled environment answers over the OpenFeature protocol, as bytes; it decides nothing.

An evaluation is one of the few that its flag can have, and was encoded when the flag was
compiled (`encoded`). So an answer with a hundred flags is bytes joined, and what everybody
gets was joined before anybody asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import orjson

from server.evaluation.engine import CompiledEnvironment, FlagList, evaluate
from server.evaluation.outcomes import ErrorCode, Evaluation
from server.serving.messages import Response
from server.serving.ofrep_context import Context
from server.serving.ofrep_errors import JSON, flag_not_found

FORMAT = "1"
"""Changes when the same evaluation is written differently: no client may keep what it has then."""

Met = Callable[[Evaluation, str], object]
"""Told that a unit takes part in an experiment, and of which evaluation it learned its variant."""


class Answers:
    """The answers from one compiled environment. Made anew for each revision, and then only read."""

    __slots__ = ("_constant", "_constant_for_clients", "_environment", "identity")

    def __init__(self, environment: CompiledEnvironment) -> None:
        self._environment = environment
        self._constant = _entries(environment.everything)
        self._constant_for_clients = _entries(environment.for_clients)
        self.identity = (FORMAT, environment.id, str(environment.revision), *_kept(environment))
        """What every answer follows from, beside the question."""

    def single(self, key: str, context: Context, *, client: bool, met: Met | None = None) -> Response:
        """One flag's evaluation, or the protocol's error instead of one; ``met`` hears of a unit in an experiment."""
        evaluation = evaluate(self._environment, key, context.targeting_key, context.traits, client=client)
        if evaluation.error_code is None:
            if met is not None and evaluation.in_experiment and context.targeting_key is not None:
                met(evaluation, context.targeting_key)
            return Response(200, (JSON,), _entry(evaluation))
        if evaluation.error_code is ErrorCode.FLAG_NOT_FOUND:
            return flag_not_found(key)
        return Response(400, (JSON,), _entry(evaluation))

    def bulk(self, context: Context, *, client: bool, events_uri: str | None) -> bytes:
        """The evaluations of all flags: those that are the same for everyone first."""
        flags = self._environment.for_clients if client else self._environment.everything
        constant = self._constant_for_clients if client else self._constant
        entries = [constant] if constant else []
        dynamic = flags.evaluate_dynamic(context.targeting_key, context.traits)
        entries.extend([evaluation.encoded or encoded(evaluation) for evaluation in dynamic])
        return b'{"flags":[%b]%b}' % (b",".join(entries), _event_streams(events_uri))


def encoded(evaluation: Evaluation) -> bytes:
    """An evaluation as the protocol writes it: an answer by itself, and an entry of a bulk answer.

    For an environment's compilation to call, once for each outcome.
    """
    document: dict[str, Any] = {"key": evaluation.key}
    if evaluation.error_code is None:
        document |= {"value": evaluation.value, "variant": evaluation.variant, "reason": evaluation.reason}
    else:
        document |= {"errorCode": evaluation.error_code, "errorDetails": evaluation.error_message}
    if evaluation.experiment is not None:
        document["metadata"] = {
            "experiment": evaluation.experiment,
            "phase": evaluation.phase,
            "inExperiment": evaluation.in_experiment,
        }
    return bytes(memoryview(orjson.dumps(document)))  # copied: what the encoder gives back holds 4 KB, however short


def _kept(environment: CompiledEnvironment) -> tuple[str, ...]:
    """What flags at fault are served as: another process may have kept earlier ones at this revision, or none."""
    kept = [(key, environment.flags.get(key)) for key in sorted(environment.faults)]
    documents = [(key, flag and (flag.document, [s.document for s, _ in flag.overrides])) for key, flag in kept]
    return (blake2b(json.dumps(documents, sort_keys=True).encode(), digest_size=16).hexdigest(),) if kept else ()


def _entry(evaluation: Evaluation) -> bytes:
    """As it was encoded; an environment that was compiled without is answered from all the same."""
    return evaluation.encoded or encoded(evaluation)


def _entries(flags: FlagList) -> bytes:
    return b",".join(map(_entry, flags.constant))


def _event_streams(uri: str | None) -> bytes:
    """Where the protocol's clients listen: a path, which they look up on the host that they have for the server."""
    if uri is None:
        return b""
    return b',"eventStreams":%b' % orjson.dumps([{"type": "sse", "endpoint": {"requestUri": uri}}])
