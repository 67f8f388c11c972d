"""What is stored reads back exactly, through PostgreSQL too, and by later versions of the server."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from server.experimentation.results.document import ResultsDocument
from server.experimentation.results.encoding import UnreadableDocument, codec_of, from_json, to_json
from server.experimentation.stats.analysis import MetricResult, Question, Sample, analyse
from server.experimentation.stats.bayes import FLAT, FlatPrior, NormalPrior
from server.experimentation.stats.effects import Effect
from server.experimentation.stats.guardrails import Guardrail, NonInferiority, Standing
from server.experimentation.stats.levels import Level
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.remaining import Remaining
from server.experimentation.stats.samples import MeanSums, ProportionCounts
from server.experimentation.stats.srm import DimensionCheck, PhaseCounts, SrmResult
from server.experimentation.stats.terms import Direction, Interval, Scale
from server.experimentation.stats.verdict import GuardrailStanding, Outcome, VariantVerdict, Verdict
from server.experimentation.stats.welch import WelchResult

STORED = [ResultsDocument, MetricResult, Verdict, Effect, DimensionCheck, PhaseCounts, NonInferiority]
"""Classes that hold, or are held by, everything that a computation stores."""

NUMBERS = st.floats(allow_nan=False) | st.sampled_from([math.inf, -math.inf, 5e-324, 1e22, 2**53 + 2.0])


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type, made of nothing but its annotations."""
    if get_origin(kind) is tuple:
        return st.lists(values(get_args(kind)[0]), max_size=2).map(tuple)
    if get_args(kind):
        return st.one_of(*map(values, get_args(kind)))
    simple = {
        float: NUMBERS,
        int: st.integers(-(2**62), 2**62),
        str: st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5),
        bool: st.booleans(),
        type(None): st.none(),
    }
    if kind in simple:
        return simple[kind]
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    hints = get_type_hints(kind)
    return st.builds(kind, **{each.name: values(hints[each.name]) for each in fields(kind)})


def analysed() -> MetricResult:
    question = Question(Scale.RELATIVE, Direction.HIGHER_IS_BETTER, 0.05, 5_000.0, FLAT)
    return analyse(ProportionCounts(10_000, 421), [ProportionCounts(10_000, 468), ProportionCounts(1, 0)], question)


def a_verdict() -> Verdict:
    interval = Interval(-math.inf, 0.1)
    guardrail = GuardrailStanding("latency", Scale.RELATIVE, NoResult(Reason.TOO_FEW_UNITS), Standing.OPEN)
    remaining = Remaining(10, 2.0, 30, NoResult(Reason.NO_TRAFFIC))
    variant = VariantVerdict("blue", Outcome.KEEP_COLLECTING, Scale.ABSOLUTE, interval, False, (guardrail,), remaining)
    return Verdict(Outcome.KEEP_COLLECTING, (), (variant,), is_final=False)


@pytest.mark.parametrize("kind", STORED, ids=lambda kind: kind.__name__)
def test_everything_that_is_stored_has_a_form(kind: type) -> None:
    assert codec_of(kind)


@given(st.one_of(*map(values, STORED)))
def test_whatever_is_written_is_read_back_exactly_from_strict_json(value: Any) -> None:
    text = json.dumps(to_json(value), allow_nan=False)

    assert from_json(json.loads(text), type(value)) == value


@pytest.mark.django_db
@given(values(MetricResult) | values(Verdict) | values(SrmResult))
def test_a_json_column_of_postgresql_gives_back_what_it_was_given(value: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [json.dumps(to_json(value), allow_nan=False)])
        (text,) = cursor.fetchone()

    assert from_json(json.loads(text), type(value)) == value


def test_the_form_is_the_one_that_is_stored_already() -> None:
    assert to_json(a_verdict()) == {
        "version": 1,
        "content": {
            "kind": "Verdict",
            "outcome": "KEEP_COLLECTING",
            "doubts": [],
            "variants": [
                {
                    "variant": "blue",
                    "outcome": "KEEP_COLLECTING",
                    "scale": "ABSOLUTE",
                    "interval": {"kind": "Interval", "low": "-Infinity", "high": 0.1},
                    "below_minimum": False,
                    "guardrails": [
                        {
                            "name": "latency",
                            "scale": "RELATIVE",
                            "interval": {"kind": "NoResult", "reason": "TOO_FEW_UNITS"},
                            "standing": "OPEN",
                        }
                    ],
                    "remaining": {
                        "kind": "Remaining",
                        "likely_units": 10,
                        "likely_days": 2.0,
                        "at_most_units": 30,
                        "at_most_days": {"kind": "NoResult", "reason": "NO_TRAFFIC"},
                    },
                }
            ],
            "is_final": False,
        },
    }


def test_a_whole_analysis_survives_with_its_reasons() -> None:
    found = analysed()

    read = from_json(json.loads(json.dumps(to_json(found))), MetricResult)

    assert read == found
    assert read.treatments[1].level == NoResult(Reason.TOO_FEW_UNITS)
    assert type(read.treatments[0].effect) is Effect


def test_a_union_is_read_by_the_name_that_was_written() -> None:
    for sample in (ProportionCounts(10, 3), MeanSums(10, 3.0, 3.0)):
        assert from_json(to_json(sample), Sample) == sample


def test_numbers_that_are_not_finite_are_texts_and_a_text_of_that_name_stays_one() -> None:
    stored = to_json(replace(a_verdict().variants[0], variant="Infinity"))["content"]

    assert (stored["variant"], stored["interval"]["low"]) == ("Infinity", "-Infinity")
    assert math.isnan(from_json(to_json(Interval(math.nan, 1.0)), Interval).low)


def test_a_number_that_lost_its_point_is_read_as_it_was() -> None:
    read = from_json({"version": 1, "content": {"kind": "Interval", "low": -1, "high": 10**22}}, Interval)

    assert (read, type(read.low)) == (Interval(-1.0, 1e22), float)


def test_there_is_no_negative_zero_in_what_is_stored() -> None:
    assert math.copysign(1, to_json(Interval(-0.0, 0.0))["content"]["low"]) == 1


def test_fields_of_later_versions_are_ignored_wherever_they_are() -> None:
    document = to_json(a_verdict())
    document["later"] = 1
    document["content"]["later"] = {"kind": "Nobody"}
    document["content"]["variants"][0]["interval"]["later"] = None

    assert from_json(document, Verdict) == a_verdict()


@dataclass(frozen=True, slots=True)
class Grown:
    """A class that has got a field since."""

    units: int
    note: str = "none"


def test_a_field_that_has_come_since_has_its_default() -> None:
    assert from_json({"version": 1, "content": {"kind": "Grown", "units": 3}}, Grown) == Grown(3, "none")


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        {},
        {"version": True},
        {"version": "1", "content": {}},
        {"version": 2, "content": to_json(a_verdict())["content"]},
        {"version": 0, "content": to_json(a_verdict())["content"]},
        {"version": 1},
        {"version": 1, "content": None},
        {"version": 1, "content": {"kind": "Level"}},
        {"version": 1, "content": {"kind": ["Verdict"]}},
        {"version": 1, "content": {"kind": "Verdict"}},
        {"version": 1, "content": {**to_json(a_verdict())["content"], "outcome": "UNHEARD_OF"}},
        {"version": 1, "content": {**to_json(a_verdict())["content"], "is_final": 1}},
        {"version": 1, "content": {**to_json(a_verdict())["content"], "doubts": "none"}},
        {"version": 1, "content": {**to_json(a_verdict())["content"], "variants": [7]}},
    ],
)
def test_what_cannot_be_read_says_so(broken: Any) -> None:
    with pytest.raises(UnreadableDocument):
        from_json(broken, Verdict)


@pytest.mark.parametrize("number", [True, "1", "inf", None, [], {}])
def test_what_is_no_number_is_none(number: Any) -> None:
    with pytest.raises(UnreadableDocument):
        from_json({"version": 1, "content": {"kind": "Interval", "low": number, "high": 1.0}}, Interval)


def test_what_no_such_thing_can_be_is_unreadable_too() -> None:
    sound = to_json(Guardrail("latency", 0.1, Scale.RELATIVE, Direction.LOWER_IS_BETTER))
    sound["content"]["margin"] = -1.0

    with pytest.raises(UnreadableDocument, match="margin"):
        from_json(sound, Guardrail)


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A number or a text: JSON would not tell."""

    value: int | str | NoResult


@dataclass(frozen=True, slots=True)
class Unknown:
    """Of a type that has no form."""

    value: complex


@dataclass(frozen=True, slots=True)
class Clashing:
    """Has a field of the name that says the class."""

    kind: str


@pytest.mark.parametrize("kind", [Ambiguous, Unknown, Clashing, dict[str, int]])
def test_what_could_not_be_read_back_is_never_written(kind: type) -> None:
    with pytest.raises(TypeError):
        codec_of(kind)


def classes_in(kind: Any) -> Iterator[type]:
    """A class, and all classes of its fields."""
    for each in get_args(kind):
        yield from classes_in(each)
    if isinstance(kind, type) and is_dataclass(kind):
        yield kind
        for hint in get_type_hints(kind).values():
            yield from classes_in(hint)


def test_no_two_classes_that_are_stored_have_one_name() -> None:
    found = {each for kind in STORED for each in classes_in(kind)}

    assert {Level, WelchResult, FlatPrior, NormalPrior} <= found
    assert len({each.__name__ for each in found}) == len(found)
