"""What the demo's shop measures, and how its experiments are judged. Data, and the two steps that set it up."""

from dataclasses import dataclass, field
from datetime import datetime

from server.demo.shop import Shop, Step, points
from server.experimentation.metrics.definitions import Definition, Measured
from server.experimentation.metrics.plans import (
    AnyTime,
    AtHorizon,
    GuardrailRequest,
    PlanRequest,
    PlanTerms,
    Rule,
)
from server.experimentation.models import MetricKind
from server.experimentation.services.create_metric import NewMetric, create_metric
from server.experimentation.services.set_experiment_plan import set_experiment_plan
from server.experimentation.stats.terms import Direction, Scale
from server.warehouse.questions.terms import Aggregate

ORDERS = Measured("order_placed")
AMOUNTS = Measured("order_placed", Aggregate.SUM)
DAY = 24.0
WHENEVER_ONE_LOOKS = AnyTime(4_000)


@dataclass(frozen=True)
class CreateMetric:
    """Something that the shop measures."""

    days_ago: float
    key: str
    name: str
    description: str
    definition: Definition
    lower_is_better: bool = False

    def take(self, shop: Shop, now: datetime) -> None:
        """Create it."""
        direction = Direction.LOWER_IS_BETTER if self.lower_is_better else Direction.HIGHER_IS_BETTER
        request = NewMetric(
            project_id=shop.project.pk,
            key=self.key,
            name=self.name,
            description=self.description,
            definition=self.definition,
            direction=direction,
        )
        shop.metrics[self.key] = create_metric(request=request, author=shop.authors["owner"], now=now)


@dataclass(frozen=True)
class SetPlan:
    """How an experiment is to be judged; guardrails with what one is ready to lose of them, in percent."""

    days_ago: float
    experiment: str
    primary: str
    minimum_effect: float
    secondary: tuple[str, ...] = ()
    guardrails: dict[str, float] = field(default_factory=dict)
    rule: Rule = WHENEVER_ONE_LOOKS
    expected_days: float | None = 21
    author: str = "owner"

    def take(self, shop: Shop, now: datetime) -> None:
        """Set it."""
        plan = PlanRequest(
            primary=shop.metrics[self.primary].pk,
            secondary=tuple(shop.metrics[key].pk for key in self.secondary),
            guardrails=tuple(
                GuardrailRequest(shop.metrics[key].pk, percent / 100, Scale.RELATIVE)
                for key, percent in self.guardrails.items()
            ),
            terms=PlanTerms(
                scale=Scale.RELATIVE,
                minimum_effect=self.minimum_effect,
                rule=self.rule,
                expected_days=self.expected_days,
                dimensions=("device", "country"),
            ),
        )
        experiment = shop.experiments[self.experiment]
        set_experiment_plan(experiment_id=experiment.pk, plan=plan, author=shop.authors[self.author], now=now)


METRICS: list[Step] = [
    CreateMetric(
        39.0,
        "orders",
        "Customers who order",
        "The share of customers who place an order.",
        Definition(MetricKind.PROPORTION, ORDERS),
    ),
    CreateMetric(
        38.9,
        "orders-in-a-week",
        "Customers who order within a week",
        "The share of customers who place an order in the seven days after they met the experiment.",
        Definition(MetricKind.PROPORTION, ORDERS, window_hours=7 * DAY),
    ),
    CreateMetric(
        38.8,
        "revenue",
        "Revenue per customer",
        "Euros per customer. The largest hundredth count as much as the next largest: one office must not decide.",
        Definition(MetricKind.SUM, AMOUNTS, winsorise=points(99)),
    ),
    CreateMetric(
        38.7,
        "order-value",
        "Value of an order",
        "Euros per order, over all orders.",
        Definition(MetricKind.RATIO, AMOUNTS, ORDERS),
    ),
    CreateMetric(
        38.6,
        "baskets",
        "Baskets per customer",
        "How often a customer puts something into the basket.",
        Definition(MetricKind.COUNT, Measured("added_to_basket")),
    ),
    CreateMetric(
        38.5,
        "cancellations",
        "Cancellations per order",
        "Orders that were cancelled, over all orders.",
        Definition(MetricKind.RATIO, Measured("order_cancelled"), ORDERS),
        lower_is_better=True,
    ),
    CreateMetric(
        38.4,
        "loading-time",
        "Loading time",
        "The 90th percentile of customers' mean loading times, in milliseconds.",
        Definition(
            MetricKind.QUANTILE,
            Measured("page_loaded", Aggregate.MEAN),
            percentile=points(90),
        ),
        lower_is_better=True,
    ),
    CreateMetric(
        38.3,
        "mean-loading-time",
        "Mean loading time",
        "The mean over customers of their mean loading times, in milliseconds.",
        Definition(MetricKind.MEAN, Measured("page_loaded", Aggregate.MEAN)),
        lower_is_better=True,
    ),
    CreateMetric(
        38.2,
        "came-back",
        "Customers who come back",
        "The share of customers who visit again one to four days after they met the experiment.",
        Definition(MetricKind.RETENTION, Measured("page_loaded"), from_hours=DAY, to_hours=4 * DAY),
    ),
]

PLANS: list[Step] = [
    SetPlan(
        36.9,
        "one-page-checkout",
        "orders",
        0.05,
        ("revenue", "order-value"),
        {"cancellations": 25},
        rule=AtHorizon(days=14),
        expected_days=14,
    ),
    SetPlan(34.9, "loyalty-discount", "orders", 0.05, ("revenue", "came-back"), {"order-value": 5}),
    SetPlan(31.9, "one-click-orders", "orders-in-a-week", 0.05, ("revenue",), {"cancellations": 25}),
    SetPlan(15.9, "checkout-button-wording", "orders", 0.05, ("revenue", "order-value", "came-back")),
    SetPlan(
        13.9,
        "better-recommendations",
        "revenue",
        0.05,
        ("orders", "baskets", "order-value", "came-back"),
        {"mean-loading-time": 5, "loading-time": 10},
    ),
    SetPlan(21.9, "shipping-threshold", "revenue", 0.03, ("orders", "order-value")),
    SetPlan(3.9, "search-in-stock-first", "orders", 0.05, ("revenue",)),
]
