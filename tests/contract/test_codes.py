"""The codes of errors, refusals and problems are those that `docs/graphql-over-http.md` lists, and no others."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from server import errors
from server.experimentation import evaluations
from server.schema.http import errors as http_errors
from server.schema.schema import schema

SERVER = Path(__file__).resolve().parents[2] / "server"
PAGE = (SERVER.parent / "docs" / "graphql-over-http.md").read_text()
SECTION = PAGE.partition("\n## Errors\n")[2].partition("\n## ")[0]
IN_ERRORS, _, IN_REFUSALS = SECTION.partition("\n### Refusals\n")
TAKING_A_CODE = {"Problem": 1, "self._refuse": 1, "Refused": 0}
"""What a problem is made by, and which of its arguments is the code."""
PASSING_CODES_ON = {
    "errors.py",
    "evaluation/rules/parsing.py",
    "evaluation/rules/patterns/__init__.py",
    "events/faults.py",
}
"""Where a code is an argument of one of those, and not written out."""


def listed(text: str) -> set[str]:
    """The codes in the tables of a text."""
    rows = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    return set(re.findall(r"`([A-Z][A-Z_]+)`", rows))


def refusals_of(kind: type[errors.Refusal]) -> Iterator[type[errors.Refusal]]:
    """A kind, and all that are of it."""
    yield kind
    for narrower in kind.__subclasses__():
        if narrower.__module__.startswith("server."):
            yield from refusals_of(narrower)


def refusals() -> set[type[errors.Refusal]]:
    """Everything that an answer of the API can be instead of what was asked for."""
    assert schema is not None, "with it, every module that refuses something is loaded"
    kinds = (errors.NotFound, errors.NotAllowed, errors.InvalidInput, errors.Conflict, errors.Locked)
    return {refusal for kind in kinds for refusal in refusals_of(kind) if hasattr(refusal, "code")}


def of_queries(refusal: type[errors.Refusal]) -> bool:
    """Whether no mutation raises it."""
    return refusal.__module__ == evaluations.__name__


def problems() -> Iterator[tuple[str, str | None]]:
    """Each place that makes a problem, by its file, with the code that is written there; not OFREP's own door."""
    for path in sorted(set(SERVER.rglob("*.py")) - set((SERVER / "serving").rglob("*.py"))):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call):
                place = TAKING_A_CODE.get(ast.unparse(call.func))
                if place is not None:
                    code = call.args[place]
                    written = str(code.value) if isinstance(code, ast.Constant) else None
                    yield str(path.relative_to(SERVER)), written


def test_every_code_of_an_error_is_listed() -> None:
    raised = {code for name, code in vars(http_errors).items() if re.fullmatch(r"[A-Z]+(_[A-Z]+)*", name)}
    refused = {refusal.code for refusal in refusals() if of_queries(refusal)} | {errors.InvalidInput.code}

    assert listed(IN_ERRORS) == raised | refused


def test_every_code_of_a_refusal_or_a_problem_is_listed() -> None:
    refused = {refusal.code for refusal in refusals() if not of_queries(refusal)}
    wrong = {code for _, code in problems() if code is not None}

    assert listed(IN_REFUSALS) == refused | wrong


def test_codes_of_problems_are_written_out_where_they_arise() -> None:
    assert {path for path, code in problems() if code is None} == PASSING_CODES_ON
