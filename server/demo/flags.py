"""What the flags of the demo's shop served over the last weeks: overrides, and a past to look at. Only data."""

from server.demo.segments import APP, BETA, BIG_SPENDERS, CANARY, EU, GUESTS, STAFF
from server.demo.shop import STAGING, State, Step
from server.demo.steps import ChangeFlag, ForceValue, Override
from server.versioning.change_sets import AtPriority

ON = State({"value": True})
OFF = State({"enabled": False})

FLAGS: list[Step] = [
    # Switched on step by step, with one step back: six versions.
    ChangeFlag(33.0, "dark-mode", overrides=[Override(STAFF, ON)]),
    ChangeFlag(29.0, "dark-mode", overrides=[Override(BETA, ON)]),
    ChangeFlag(26.0, "dark-mode", overrides=[Override(CANARY, ON), Override(APP, OFF, AtPriority(1))]),
    ChangeFlag(25.6, "dark-mode", overrides=[Override(CANARY, remove=True)]),
    ChangeFlag(17.0, "dark-mode", default=ON, overrides=[Override(BETA, remove=True)]),
    ForceValue(16.5, "dark-mode", "screenshot-robot", False),
    ChangeFlag(33.1, "dark-mode", default=ON, environment=STAGING, author="ci"),
    ChangeFlag(31.0, "fraud-score-limit", default=State({"value": 0.8})),
    ChangeFlag(24.0, "fraud-score-limit", overrides=[Override(CANARY, State({"value": 0.7}))]),
    ChangeFlag(12.0, "fraud-score-limit", default=State({"value": 0.82})),
    ChangeFlag(
        20.0,
        "hero-banner",
        overrides=[
            Override(BIG_SPENDERS, State({"value": "Early access: the winter collection"})),
            Override(GUESTS, State(split={"free-returns": 50})),
        ],
    ),
    ChangeFlag(6.0, "hero-banner", default=State({"value": "The winter collection is here"})),
    ChangeFlag(19.0, "delivery-promise", default=State(split={"date": 20, "countdown": 0})),
    ChangeFlag(
        18.0,
        "delivery-promise",
        overrides=[Override(EU, State({"value": {"text": "Delivered in 2 days", "icon": "bike"}}))],
    ),
    ChangeFlag(28.0, "checkout-button-text", overrides=[Override(STAFF, State(split={"secure": 100}))]),
    ChangeFlag(27.0, "free-shipping-threshold", overrides=[Override(BIG_SPENDERS, State({"value": 0}))]),
    ChangeFlag(30.0, "free-shipping-threshold", default=State({"value": 1}), environment=STAGING, author="ci"),
    ChangeFlag(9.8, "summer-sale", default=OFF, environment=STAGING, author="editor"),
    ChangeFlag(10.0, "summer-sale", default=OFF),
]
