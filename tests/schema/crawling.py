"""Reads everything that somebody can reach, from the roots of the schema along every field. Asserts nothing."""

from collections.abc import Iterator
from typing import Any

from server.schema.ids import decode_any
from tests.schema.api import Api
from tests.schema.walking import QUERIES, SCHEMA, document, everything

_PAGE = 25


def crawl(api: Api) -> dict[str, Any]:
    """Every answer: those of the lists by the names of their fields, those of objects by their ids."""
    answers: dict[str, Any] = {}
    lists = ["organisations", "projects", "environments", "flags", "experiments", "auditLog"]
    archived = _pages(api, "experiments", {"archived": True})
    pending = ["viewer", "statusCounts", *lists]
    pending += _ids_in(archived)
    seen = set(pending)
    while pending:
        asked = pending.pop()
        answer = _pages(api, asked, {}) if asked in QUERIES else _object(api, asked)
        if answer is None:
            continue
        answers[asked] = answer
        for id in _ids_in(answer):
            if id in seen:
                continue
            seen.add(id)
            pending.append(id)
            if decode_any(id)[0] == "Project":
                for name in ("features", "segments", "metrics"):
                    answers[f"{name} {id}"] = _pages(api, name, {"projectId": id})
                    pending += [other for other in _ids_in(answers[f"{name} {id}"]) if other not in seen]
                    seen.update(pending)
    return answers


def _pages(api: Api, operation: str, arguments: dict[str, Any]) -> list[Any]:
    """All pages of a list; the one answer of what is no list."""
    if "after" not in QUERIES[operation].args:
        return [api(document(operation, arguments), **arguments)[operation]]
    pages: list[Any] = []
    after = None
    while True:
        page = {**arguments, "first": _PAGE, "after": after}
        pages.append(api(document(operation, page), **page)[operation])
        if not pages[-1]["pageInfo"]["hasNextPage"]:
            return pages
        after = pages[-1]["pageInfo"]["endCursor"]


def _object(api: Api, id: str) -> Any:
    type_name, _ = decode_any(id)
    kind = SCHEMA.get_type(type_name)
    assert kind is not None, id
    return api(f"query($id: ID!) {{ node(id: $id) {{ ... on {type_name} {everything(kind)} }} }}", id=id)["node"]


def _ids_in(answer: Any) -> Iterator[str]:
    """Every global id that stands in the answer, whatever its field is called."""
    if isinstance(answer, dict):
        for value in answer.values():
            yield from _ids_in(value)
    elif isinstance(answer, list):
        for item in answer:
            yield from _ids_in(item)
    elif isinstance(answer, str) and SCHEMA.get_type(decode_any(answer)[0]) is not None:
        yield answer
