"""Whatever numbers are sent, there is a finite answer, a reason or a refusal: never a crash, an infinity or a NaN."""

import math
from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from server.errors import InvalidInput
from server.experimentation.inference.analyse import analyse_sufficient_statistics
from server.experimentation.inference.plan import SizeRequest, plan_sample_size
from server.experimentation.inference.requests import AnalysisRequest, ProgressRequest
from server.experimentation.metrics.plans import AnyTime, AtHorizon
from server.experimentation.stats.analysis import Sample
from server.experimentation.stats.bayes import FLAT, NormalPrior
from server.experimentation.stats.cuped import CovariateSums
from server.experimentation.stats.cuped_ratios import RatioCovariateSums
from server.experimentation.stats.power import Baseline, Design
from server.experimentation.stats.quantiles import QuantileSummary
from server.experimentation.stats.rules import ONE_LOOK, AlwaysValid
from server.experimentation.stats.samples import MeanSums, ProportionCounts, RatioSums
from server.experimentation.stats.terms import Direction, Scale
from tests.experimentation.inference.asking import guardrail, judgement, metric, request, split

COUNTS = st.integers(0, 10**13) | st.sampled_from([0, 1, 2, 100, 5_000, 10**13])
NUMBERS = st.floats(-1e50, 1e50) | st.sampled_from([0.0, 1.0, 1e-50, 1e-200, 5e-324, 1e25, -1e25, 1e50, 500.0, 700.0])
SCALES = st.sampled_from(Scale)
ALPHAS = st.sampled_from([0.0001, 0.05, 0.5])


def means(units: st.SearchStrategy[int] = COUNTS) -> st.SearchStrategy[MeanSums]:
    """Sums of any numbers; and such as data has, of any size."""
    return st.builds(MeanSums, units, NUMBERS, NUMBERS) | st.builds(
        lambda n, mean, spread: MeanSums(n, n * mean, n * (mean * mean + spread)),
        units,
        st.floats(-1e15, 1e15) | st.sampled_from([0.0, 1e-30, 1e-15]),
        st.floats(0, 1e15) | st.sampled_from([1e-40, 1e-15, 1.0]),
    )


RATIOS = st.builds(RatioSums, COUNTS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS) | st.builds(
    lambda n, up, down: RatioSums(n, n * up, 2 * n * up * up, n * down, 2 * n * down * down, n * up * down),
    COUNTS,
    st.floats(-1e12, 1e12),
    st.floats(1e-20, 1e12),
)
KINDS: list[st.SearchStrategy[Sample]] = [
    st.builds(ProportionCounts, COUNTS, COUNTS),
    means(),
    RATIOS,
    st.builds(QuantileSummary, COUNTS, st.just(0.9), NUMBERS, NUMBERS, NUMBERS)
    | st.builds(
        lambda n, value, below, above: QuantileSummary(n, 0.9, value, value - below, value + above),
        COUNTS,
        NUMBERS,
        st.floats(0, 1e20),
        st.floats(0, 1e20),
    ),
    COUNTS.flatmap(
        lambda n: st.builds(CovariateSums, means(st.just(n)), means(st.just(n)), NUMBERS),
    ),
    st.builds(RatioCovariateSums, RATIOS, RATIOS, NUMBERS, NUMBERS, NUMBERS, NUMBERS),
]
PRIORS = st.just(FLAT) | st.builds(NormalPrior, NUMBERS, st.floats(1e-50, 1e50), SCALES)
RULES = st.builds(AnyTime, st.floats(1, 1e9)) | st.builds(AtHorizon, st.integers(1, 10**9), st.floats(0, 3_650))
PROGRESS = st.builds(ProgressRequest, st.none() | COUNTS, st.floats(0, 1e5), st.none() | st.floats(0, 1e13))


@st.composite
def requests(draw: st.DrawFn) -> AnalysisRequest:
    kinds = [draw(st.sampled_from(KINDS)) for _ in range(2)]
    metrics = [
        metric(
            name,
            *draw(st.lists(kind, min_size=3, max_size=3)),
            scale=draw(SCALES),
            direction=draw(st.sampled_from(Direction)),
        )
        for name, kind in zip(("conversion", "errors"), kinds, strict=True)
    ]
    plan = judgement(
        minimum_effect=abs(draw(NUMBERS)),
        rule=draw(RULES),
        guardrails=(guardrail("errors", abs(draw(NUMBERS)), draw(st.none() | SCALES)),),
        progress=draw(PROGRESS),
    )
    return request(
        *metrics,
        alpha=draw(ALPHAS),
        tuning=draw(st.floats(1, 1e13)),
        prior=draw(PRIORS),
        split=split(*draw(st.lists(COUNTS, min_size=3, max_size=3)), shares=(1.0, 0.5, draw(st.floats(0, 1e13)))),
        plan=plan,
    )


def numbers_in(found: Any) -> list[float]:
    if isinstance(found, float):
        return [found]
    if isinstance(found, tuple):
        return [number for each in found for number in numbers_in(each)]
    if is_dataclass(found):
        return [number for each in fields(found) for number in numbers_in(getattr(found, each.name))]
    return []


@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(requests())
def test_an_analysis_is_of_finite_numbers(asked: AnalysisRequest) -> None:
    try:
        found = analyse_sufficient_statistics(asked)
    except InvalidInput:
        return

    assert [number for number in numbers_in(found) if not math.isfinite(number)] == []


BASELINES = st.builds(Baseline.of_proportion, st.floats(1e-9, 1) | st.sampled_from([0.0, 1.0, 1e-9])) | st.builds(
    Baseline, NUMBERS, st.floats(0, 1e50) | st.sampled_from([0.0, 1e-200, 1.0])
)
DESIGNS = st.builds(
    Design,
    BASELINES,
    SCALES,
    NUMBERS | st.sampled_from([0.05, -0.05, 1e-300]),
    st.floats(0.0001, 0.5),
    st.floats(0.0001, 0.5),
    st.sampled_from([1, 3, 1_000]),
    ALPHAS,
    st.sampled_from([0.5, 0.8, 0.999]),
    st.floats(0, 0.999),
    st.just(ONE_LOOK) | st.builds(AlwaysValid, st.floats(1, 1e9)),
)


@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(DESIGNS, st.none() | st.floats(0, 1e13) | st.just(5e-324), st.lists(st.integers(1, 10**13), max_size=3))
def test_a_plan_is_of_finite_numbers(design: Design, units_per_day: float | None, units: list[int]) -> None:
    try:
        found = plan_sample_size(SizeRequest(design, units_per_day, tuple(units)))
    except InvalidInput:
        return

    assert [number for number in numbers_in((found.needed, found.days, found.at)) if not math.isfinite(number)] == []
