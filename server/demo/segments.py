"""The segments of the demo's shop: one for each way in which shops tell customers apart. Only data."""

from typing import Any

from server.demo.shop import Step
from server.demo.steps import AddSegment, ChangeSegment
from server.evaluation.percentages import BasisPoints

STAFF = "Staff"
BETA = "Beta testers"
EU = "EU customers"
APP = "Mobile app 4.2 and newer"
BIG_SPENDERS = "Big spenders"
CANARY = "Canary"
GUESTS = "Guests"

EU_COUNTRIES = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
)


def _if(trait: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"trait": trait, "operator": operator, "value": value}


def _share(percentage: BasisPoints) -> dict[str, Any]:
    return {"operator": "PERCENTAGE_SPLIT", "percentage": percentage}


def _all(*conditions: dict[str, Any], rules: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"type": "ALL", "conditions": list(conditions), "rules": list(rules)}


def _any(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"type": "ANY", "conditions": list(conditions)}


def _none(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"type": "NONE", "conditions": list(conditions)}


SEGMENTS: list[Step] = [
    AddSegment(
        39.5,
        STAFF,
        "Everyone who works here, by the domain of the e-mail address.",
        _all(_if("email", "MATCHES", r"@fairsplit\.test$")),
    ),
    AddSegment(
        39.4,
        BETA,
        "Who asked to see new things first.",
        _any(_if("email", "MATCHES", r"(?i)@beta\.fairsplit\.test$"), _if("betaTester", "EQUAL", True)),
    ),
    AddSegment(
        39.3, EU, "Customers who live in the European Union.", _all(_if("country", "IN", ["AT", "DE", "FR", "NL"]))
    ),
    ChangeSegment(36.2, EU, _all(_if("country", "IN", list(EU_COUNTRIES)))),
    AddSegment(
        39.2,
        APP,
        "The apps that know the new checkout.",
        _all(_if("platform", "IN", ["android", "ios"]), _if("appVersion", "SEMVER_GREATER_OR_EQUAL", "4.2.0")),
    ),
    AddSegment(
        39.1,
        BIG_SPENDERS,
        "More than 500 euros in at least four orders, and seldom anything sent back.",
        _all(
            _if("lifetimeValue", "GREATER", 500),
            _if("orders", "GREATER_OR_EQUAL", 4),
            rules=(_none(_if("returnRate", "GREATER", 0.3)),),
        ),
    ),
    AddSegment(
        39.0,
        CANARY,
        "Five percent of all customers, who get risky changes first; never a big spender.",
        _all(
            _share(BasisPoints(500)),
            rules=(_none(_if("lifetimeValue", "GREATER", 500)),),
        ),
    ),
    AddSegment(38.9, GUESTS, "Visitors who are not signed in.", _all(_if("customerId", "IS_NOT_SET"))),
]
