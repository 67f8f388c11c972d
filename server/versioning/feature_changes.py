"""What a change makes of a feature and its options, or everything that is wrong with it. Writes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.checks import text_problems
from server.errors import Problem
from server.evaluation.percentages import BasisPoints
from server.features.models import MAX_DESCRIPTION, Feature, Option
from server.features.options import CONTROL, NewOption, key_problems, option_problems, share_problems
from server.features.values import canonical_value, same_value, value_problems
from server.unset import UNSET, Unset


@dataclass(frozen=True, slots=True)
class OptionChange:
    """What changes in one option."""

    option_id: int
    key: str | Unset = UNSET
    value: Any = UNSET
    default_allocation: BasisPoints | Unset = UNSET


@dataclass(frozen=True, slots=True)
class FeatureChange:
    """What changes in a feature; what is left out stays."""

    description: str | Unset = UNSET
    server_only: bool | Unset = UNSET
    archived: bool | Unset = UNSET
    value_type: str | Unset = UNSET
    value: Any = UNSET
    add_options: Sequence[NewOption] = ()
    update_options: Sequence[OptionChange] = ()
    remove_options: Sequence[int] = ()


@dataclass(slots=True)
class PlannedFeature:
    """The feature after the change, in memory; it counts only if there are no problems."""

    feature: Feature
    archived: bool
    kept: dict[int, Option]
    added: list[Option] = field(default_factory=list)
    updated: list[Option] = field(default_factory=list)
    redefined: list[Option] = field(default_factory=list)
    removed: list[Option] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def options(self) -> list[Option]:
        """The options after the change."""
        return [*self.kept.values(), *self.added]


def plan_feature(
    feature: Feature,
    options: Mapping[int, Option],
    change: FeatureChange,
    *,
    served: Callable[[], Sequence[tuple[str, Any]]],
) -> PlannedFeature:
    """The feature after the change; ``feature`` and the options are changed in memory.

    ``served`` gives every value that is served, with the name of its environment; it is
    asked only if the type changes.
    """
    archived = feature.archived_at is not None if change.archived is UNSET else change.archived
    plan = PlannedFeature(feature, archived, dict(options))
    _plan_texts(plan, change)
    _plan_removals(plan, change.remove_options)
    _plan_type(plan, change, served)
    _plan_updates(plan, change.update_options)
    _plan_additions(plan, change.add_options)
    shares = (option.default_allocation for option in plan.options)
    changed = "updateOptions" if change.update_options else "addOptions"
    plan.problems += share_problems(shares, path=(changed,))
    return plan


def _plan_texts(plan: PlannedFeature, change: FeatureChange) -> None:
    if change.description is not UNSET:
        plan.problems += text_problems(
            change.description, path=("description",), max_length=MAX_DESCRIPTION, allow_blank=True
        )
        plan.feature.description = change.description
    if change.server_only is not UNSET:
        plan.feature.server_only = change.server_only


def _plan_removals(plan: PlannedFeature, option_ids: Sequence[int]) -> None:
    for index, option_id in enumerate(option_ids[:_MOST]):
        option = plan.kept.pop(option_id, None)
        if option is None:
            plan.problems.append(_unknown(("removeOptions", index)))
        else:
            plan.removed.append(option)


def _plan_type(plan: PlannedFeature, change: FeatureChange, served: Callable[[], Sequence[tuple[str, Any]]]) -> None:
    feature = plan.feature
    value = feature.default_value if change.value is UNSET else change.value
    if change.value_type is UNSET or change.value_type == feature.value_type:
        if change.value is not UNSET:
            plan.problems += value_problems(value, feature.value_type, path=("value",))
    else:
        feature.value_type = change.value_type
        plan.problems += value_problems(value, feature.value_type, path=("value",))
        redefined = {c.option_id for c in change.update_options if c.value is not UNSET}
        stays = [(f"the option “{o.key}”", o.value) for o in plan.kept.values() if o.pk not in redefined]
        stays += [(f"the environment “{name}”", served_value) for name, served_value in served()]
        misfits = {what for what, stay in stays if value_problems(stay, feature.value_type, path=())}
        plan.problems += [
            Problem(("valueType",), "WRONG_TYPE", f"The value of {what} is not of this type: change it first.")
            for what in sorted(misfits)
        ]
        if not plan.problems:
            _canonicalise(plan)
    if not plan.problems:
        feature.default_value = canonical_value(value, feature.value_type)


def _canonicalise(plan: PlannedFeature) -> None:
    """Keep every option's value in the form of the new type: whole numbers as floats."""
    for option in plan.kept.values():
        value = canonical_value(option.value, plan.feature.value_type)
        if not same_value(value, option.value):
            option.value = value
            plan.updated.append(option)


def _plan_updates(plan: PlannedFeature, changes: Sequence[OptionChange]) -> None:
    # A key that another option gives up in the same change is not free yet: rows change one by one.
    had = {option.pk: option.key for option in plan.kept.values()}
    named: set[int] = set()
    for index, change in enumerate(changes[:_MOST]):
        here = ("updateOptions", index)
        option = plan.kept.get(change.option_id)
        if option is None:
            plan.problems.append(_unknown((*here, "optionId")))
            continue
        if option.pk in named:
            message = "This option is named twice: say everything about it once."
            plan.problems.append(Problem((*here, "optionId"), "DUPLICATE_OPTION", message))
            continue
        named.add(option.pk)
        key = option.key if change.key is UNSET else change.key
        value = option.value if change.value is UNSET else change.value
        share = option.default_allocation if change.default_allocation is UNSET else change.default_allocation
        problems = [
            *key_problems(key, path=(*here, "key")),
            *value_problems(value, plan.feature.value_type, path=(*here, "value")),
        ]
        if key == CONTROL:
            problems.append(Problem((*here, "key"), "RESERVED", "“control” is the arm that is not an option."))
        if any(key in (other.key, had[other.pk]) for other in plan.kept.values() if other is not option):
            problems.append(Problem((*here, "key"), "DUPLICATE_OPTION", "Another option has this key."))
        if problems:
            plan.problems += problems
            continue
        value = canonical_value(value, plan.feature.value_type)
        redefined = key != option.key or not same_value(value, option.value)
        if redefined or share != option.default_allocation:
            plan.updated.append(option)
        if redefined:
            plan.redefined.append(option)
        option.key, option.value, option.default_allocation = key, value, share


def _plan_additions(plan: PlannedFeature, options: Sequence[NewOption]) -> None:
    taken = [option.key for option in plan.kept.values()]
    plan.problems += option_problems(options, value_type=plan.feature.value_type, path=("addOptions",), taken=taken)
    if not plan.problems:
        plan.added = [
            Option(
                feature=plan.feature,
                key=option.key,
                value=canonical_value(option.value, plan.feature.value_type),
                default_allocation=option.default_allocation,
            )
            for option in options
        ]


def _unknown(path: tuple[str | int, ...]) -> Problem:
    return Problem(path, "UNKNOWN_OPTION", "The feature has no option with this id.")


_MOST = 1_000
