"""What audit records tell of objects, with the ids of this API in place of rows' keys.

The values of flags and the rules of segments are somebody's own JSON: they stay as they are.
"""

from typing import Any

from server.schema.ids import encode_id

_TYPES_OF_KEYS = {
    "optionId": "MultivariateOption",
    "segmentId": "Segment",
    "metricId": "Metric",
    "projectId": "Project",
    "environmentId": "Environment",
}
_TYPES_OF_OBJECTS = {
    "option": "MultivariateOption",
    "options": "MultivariateOption",
    "segment": "Segment",
    "flagVersion": "FlagVersion",
}
_OWN_JSON = {"value", "controlValue", "rules"}
_AUTHORS = {"USER": "User", "API_KEY": "ApiKey"}


def with_global_ids(facts: Any, *, type_name: str = "") -> Any:
    """The same facts; an ``id`` in them is that of an object of ``type_name``."""
    if isinstance(facts, list):
        return [with_global_ids(item, type_name=type_name) for item in facts]
    if not isinstance(facts, dict):
        return facts
    if "kind" in facts:
        type_name = _AUTHORS.get(facts["kind"], "")
    return {name: _told(name, fact, type_name) for name, fact in facts.items()}


def _told(name: str, fact: Any, type_name: str) -> Any:
    if name in _OWN_JSON:
        return fact
    id_of = type_name if name == "id" else _TYPES_OF_KEYS.get(name, "")
    if id_of and isinstance(fact, int):
        return encode_id(id_of, fact)
    return with_global_ids(fact, type_name=_TYPES_OF_OBJECTS.get(name, ""))
