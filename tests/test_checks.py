"""Texts and JSON values are checked at the door: what cannot be stored or sent is named, never echoed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.checks import MAX_TEXT_PROBLEMS, is_sound_text, json_text_problems, text_problems
from server.errors import Problem

NUL = "a\0b"
SURROGATE = "a\ud800b"


def codes(value: object, *, min_length: int = 0, max_length: int = 5, allow_blank: bool = False) -> list[str]:
    problems = text_problems(
        value, path=("name",), min_length=min_length, max_length=max_length, allow_blank=allow_blank
    )
    assert all(p.path == ("name",) for p in problems)
    return [p.code for p in problems]


@pytest.mark.parametrize("value", ["a", "abcde", " a ", "\U0001f600" * 5])
def test_a_text_within_its_bounds_has_no_problem(value: str) -> None:
    assert codes(value) == []


@pytest.mark.parametrize("value", [None, True, 1, 1.5, b"abc", [], {}])
def test_what_is_no_text_has_the_wrong_type(value: object) -> None:
    assert codes(value) == ["WRONG_TYPE"]


@pytest.mark.parametrize("value", ["", " ", "\t\r\n", "\u00a0\u2003"])
def test_a_blank_text_is_refused_unless_it_is_allowed(value: str) -> None:
    assert codes(value) == ["BLANK"]
    assert codes(value, allow_blank=True) == []


def test_lengths_are_inclusive_and_counted_in_code_points() -> None:
    assert codes("abcdef") == ["TOO_LONG"]
    assert codes("\U0001f600" * 6) == ["TOO_LONG"]
    assert codes("abc", min_length=3) == []
    assert codes("ab", min_length=3) == ["TOO_SHORT"]
    assert codes("", min_length=3, allow_blank=True) == ["TOO_SHORT"]
    assert codes("", min_length=3) == ["BLANK"]


def test_a_message_says_what_the_bound_is() -> None:
    problems = text_problems("x" * 1001, path=("a", 0), max_length=1000, allow_blank=False)

    assert problems == [
        Problem(("a", 0), "TOO_LONG", "This takes at most 1,000 characters, and has 1,001."),
    ]


@pytest.mark.parametrize("value", [NUL, SURROGATE, "\udfff", "\0"])
def test_nul_and_lone_surrogates_are_bad_text_and_never_echoed(value: str) -> None:
    problems = text_problems(value, path=(), max_length=5, allow_blank=False)

    assert [p.code for p in problems] == ["BAD_TEXT"]
    assert is_sound_text(problems[0].message)


def test_a_text_can_have_several_problems_at_once() -> None:
    assert codes(SURROGATE * 3) == ["TOO_LONG", "BAD_TEXT"]


def test_bad_text_is_found_anywhere_in_a_json_value_in_its_order() -> None:
    value = {"a": [1, NUL, {"b": SURROGATE}], "c": "good", "d": NUL, "e": None, "f": True}

    problems = json_text_problems(value, ("value",))

    assert [(p.path, p.code) for p in problems] == [
        (("value", "a", 1), "BAD_TEXT"),
        (("value", "a", 2, "b"), "BAD_TEXT"),
        (("value", "d"), "BAD_TEXT"),
    ]


def test_a_bad_key_is_reported_at_its_object_and_appears_in_no_path() -> None:
    value = {"a": {SURROGATE: [NUL]}, "b": {"x" * 201: NUL}}

    problems = json_text_problems(value, ())

    assert [p.path for p in problems] == [("a",), ("a", 0), ("b",)]


def test_a_json_value_without_bad_text_has_no_problem() -> None:
    assert json_text_problems({"a": ["x", 1, 1.5, None, False, {"b": "\U0001f600"}]}, ()) == []
    assert json_text_problems("x", ()) == []


def test_the_nesting_of_a_json_value_is_no_bound() -> None:
    value: object = NUL
    for _ in range(100_000):
        value = [value]

    problems = json_text_problems(value, ())

    assert [(len(p.path), p.code) for p in problems] == [(100_000, "BAD_TEXT")]


def test_a_value_that_holds_itself_ends() -> None:
    value: list[object] = [NUL]
    value.append(value)

    assert [p.path for p in json_text_problems(value, ())] == [(0,)]


def test_the_number_of_problems_is_bounded() -> None:
    assert len(json_text_problems([NUL] * 10_000, ())) == MAX_TEXT_PROBLEMS


any_text = st.text(st.characters(codec=None, exclude_categories=())) | st.sampled_from([NUL, SURROGATE])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner) | st.dictionaries(any_text, inner),
    max_leaves=20,
)


def texts_of(value: object) -> list[str]:
    if isinstance(value, dict):
        return [t for k, v in value.items() for t in (k, *texts_of(v))]
    if isinstance(value, list):
        return [t for item in value for t in texts_of(item)]
    return [value] if isinstance(value, str) else []


@settings(deadline=None)
@given(json_values)
def test_a_json_value_has_a_problem_exactly_if_one_of_its_texts_is_bad(value: object) -> None:
    problems = json_text_problems(value, ("v",))

    bad = [t for t in texts_of(value) if "\0" in t or any("\ud800" <= c <= "\udfff" for c in t)]
    assert bool(problems) == bool(bad)
    assert all(is_sound_text(str(item)) for p in problems for item in p.path)
