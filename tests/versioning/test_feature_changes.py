"""What a change makes of a feature in memory, without a database."""

from collections.abc import Sequence
from typing import Any

import pytest

from server.evaluation.percentages import BasisPoints
from server.features.models import Feature, Option
from server.features.options import NewOption
from server.versioning.feature_changes import FeatureChange, OptionChange, PlannedFeature, plan_feature


def plan(
    change: FeatureChange,
    *,
    value_type: str = "STRING",
    value: Any = "grey",
    served: Sequence[tuple[str, Any]] | None = None,
) -> PlannedFeature:
    """The change of a feature with the options blue (1) and red (2)."""
    feature = Feature(pk=7, key="colour", value_type=value_type, default_value=value)
    options = {
        number: Option(pk=number, feature=feature, key=key, value=value) for number, key in ((1, "blue"), (2, "red"))
    }

    def values() -> Sequence[tuple[str, Any]]:
        assert served is not None, "nobody asks what is served unless the type changes"
        return served

    return plan_feature(feature, options, change, served=values)


def found(planned: PlannedFeature) -> list[tuple[tuple[str | int, ...], str]]:
    return [(problem.path, problem.code) for problem in planned.problems]


def test_a_change_of_nothing_leaves_everything() -> None:
    planned = plan(FeatureChange())

    assert (planned.problems, planned.updated, planned.archived) == ([], [], False)
    assert [option.key for option in planned.options] == ["blue", "red"]


def test_what_changes_is_sorted_by_what_has_to_be_written_and_held() -> None:
    planned = plan(
        FeatureChange(
            add_options=[NewOption("pink", "p", BasisPoints(5))],
            update_options=[OptionChange(1, default_allocation=BasisPoints(10))],
            remove_options=[2],
        )
    )

    assert [option.key for option in planned.options] == ["blue", "pink"]
    assert [option.key for option in planned.updated] == ["blue"]
    assert planned.redefined == []
    assert [option.key for option in planned.removed] == ["red"]


@pytest.mark.parametrize("change", [OptionChange(1, key="navy"), OptionChange(1, value="b")])
def test_another_key_or_value_redefines_an_option(change: OptionChange) -> None:
    planned = plan(FeatureChange(update_options=[change]))

    assert [option.pk for option in planned.redefined] == [1]


def test_the_same_key_and_value_change_nothing() -> None:
    planned = plan(FeatureChange(update_options=[OptionChange(1, key="blue", value="grey")]))

    assert (planned.updated, planned.redefined) == ([], [])


def test_what_is_served_must_fit_a_new_type_and_is_told_once_for_each_place() -> None:
    planned = plan(
        FeatureChange(value_type="INTEGER", value=1),
        served=[("production", "a"), ("production", "b"), ("staging", 5)],
    )

    assert found(planned) == [(("valueType",), "WRONG_TYPE")] * 3
    assert [p.message.split("“")[1].split("”")[0] for p in planned.problems] == ["production", "blue", "red"]


def test_the_default_value_follows_the_new_type() -> None:
    planned = plan(FeatureChange(value_type="FLOAT"), value_type="INTEGER", value=5, served=[])

    value = planned.feature.default_value
    assert (planned.problems, value, type(value)) == ([], 5.0, float)


def test_a_value_of_the_wrong_type_is_told_where_it_is() -> None:
    planned = plan(FeatureChange(value=1, update_options=[OptionChange(2, value=None)]))

    assert found(planned) == [(("value",), "WRONG_TYPE"), (("updateOptions", 0, "value"), "NULL")]


def test_default_allocations_come_to_the_whole_and_no_more() -> None:
    shares = [OptionChange(1, default_allocation=BasisPoints(9_999))]

    assert (
        plan(FeatureChange(update_options=[*shares, OptionChange(2, default_allocation=BasisPoints(1))])).problems == []
    )
    over = plan(FeatureChange(update_options=shares, add_options=[NewOption("pink", "p", BasisPoints(2))]))
    assert found(over) == [(("updateOptions",), "OVER_ALLOCATED")]
