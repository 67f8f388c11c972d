"""The experiments of the demo's shop: each status, each decision, in both environments. Only data."""

from server.demo.experiment_steps import (
    ChangeRollout,
    CompleteExperiment,
    CreateExperiment,
    PauseExperiment,
    RampExperiment,
    ScheduleRamps,
    StartExperiment,
)
from server.demo.segments import EU
from server.demo.shop import STAGING, Step
from server.experimentation.completion import DecisionKind

COMPLETED: list[Step] = [
    CreateExperiment(
        37.0,
        "one-page-checkout",
        "checkout-layout",
        "Checkout on one page",
        "Customers leave between the steps of the checkout. If they see all of it at once, more of those who begin "
        "will place their order, without more wrong addresses.",
        50,
        {"single-page": 33, "accordion": 33},
    ),
    StartExperiment(36.5, "one-page-checkout"),
    CompleteExperiment(15.5, "one-page-checkout", DecisionKind.SHIP_TO_EVERYONE, "single-page"),
    CreateExperiment(
        35.0,
        "loyalty-discount",
        "loyalty-discount",
        "A discount for loyal customers",
        "Members who save on each order will order more often: enough to pay for the discount within a quarter.",
        20,
        {"five-percent": 25, "ten-percent": 25},
    ),
    StartExperiment(34.0, "loyalty-discount"),
    PauseExperiment(30.2, "loyalty-discount"),
    StartExperiment(29.8, "loyalty-discount"),
    CompleteExperiment(13.0, "loyalty-discount", DecisionKind.KEEP_CONTROL),
    CreateExperiment(
        32.0,
        "one-click-orders",
        "express-checkout",
        "Order with one click",
        "Customers who know what they want skip the basket. Orders per signed-in customer will rise, and "
        "cancellations within an hour will not.",
        25,
        {"on": 50},
    ),
    StartExperiment(31.5, "one-click-orders"),
    CompleteExperiment(11.0, "one-click-orders", DecisionKind.SHIP_TO_GATE, "on"),
]

UNDER_WAY: list[Step] = [
    CreateExperiment(
        16.0,
        "checkout-button-wording",
        "checkout-button-text",
        "Clearer words on the checkout button",
        "“Buy now” sounds final. A button that says what happens next will make more customers place their order; "
        "we expect the most from “Order securely”.",
        10,
        {"pay": 25, "order": 25, "secure": 25},
    ),
    # Widened step by step, and by a schedule from here on: one phase.
    StartExperiment(15.0, "checkout-button-wording"),
    RampExperiment(14.1, "checkout-button-wording", 20),
    RampExperiment(12.1, "checkout-button-wording", 40),
    ScheduleRamps(1.2, "checkout-button-wording", {3.0: 60, 6.0: 100}),
    CreateExperiment(
        14.0,
        "better-recommendations",
        "product-recommendations",
        "Recommendations that fit the basket",
        "What others bought together with what is in the basket helps more than bestsellers: the value of an "
        "average order will rise by at least two percent.",
        100,
        {"together": 33.33, "personal": 33.33},
    ),
    # One option was clearly worse: without it, a second phase.
    StartExperiment(12.5, "better-recommendations"),
    PauseExperiment(6.6, "better-recommendations"),
    ChangeRollout(6.5, "better-recommendations", 100, {"personal": 50}),
    StartExperiment(6.4, "better-recommendations"),
    CreateExperiment(
        22.0,
        "shipping-threshold",
        "free-shipping-threshold",
        "Free shipping from 35 or 65 euros",
        "A lower threshold brings more orders, a higher one fuller baskets. We want to know which of the two earns "
        "more. Paused while the new prices of the carrier are being worked in.",
        30,
        {"lower": 30, "higher": 30},
    ),
    StartExperiment(21.0, "shipping-threshold"),
    PauseExperiment(7.0, "shipping-threshold"),
    CreateExperiment(
        4.0,
        "search-in-stock-first",
        "search-ranking",
        "Search: what is in stock comes first",
        "Customers who find what can be delivered at once search less and buy more.",
        10,
        {"popular": 20, "in-stock": 40},
        audience=EU,
    ),
    CreateExperiment(
        1.5,
        "newsletter-timing",
        "newsletter-popup-delay",
        "When to ask for the newsletter",
        "Asked too early, visitors close the window unread. To be decided: how many of them take part.",
    ),
]

IN_STAGING: list[Step] = [
    CreateExperiment(
        10.5,
        "reviews-rehearsal",
        "review-sort-order",
        "Rehearsal: helpful reviews first",
        "Does the page count what it should? A rehearsal before the experiment goes to production.",
        100,
        {"helpful": 50, "critical": 10},
        STAGING,
        "editor",
    ),
    StartExperiment(10.4, "reviews-rehearsal", "editor"),
    CreateExperiment(
        8.5,
        "layout-rehearsal",
        "checkout-layout",
        "Rehearsal: checkout on one page",
        "Does every form of payment work on one page?",
        100,
        {"single-page": 100},
        STAGING,
        "editor",
    ),
    StartExperiment(8.4, "layout-rehearsal", "editor"),
    CompleteExperiment(5.0, "layout-rehearsal", DecisionKind.SHIP_TO_EVERYONE, "single-page", "editor"),
    CreateExperiment(
        2.5,
        "portrait-pictures",
        "product-image-ratio",
        "Portrait pictures in product lists",
        "Clothes look better in portrait, and more of them fit on a phone.",
        50,
        {"portrait": 50},
        STAGING,
        "editor",
    ),
]

EXPERIMENTS: list[Step] = [*COMPLETED, *UNDER_WAY, *IN_STAGING]
