"""Holm and Benjamini-Hochberg: order kept, never below the raw p-value, the second never above the first."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.experimentation.stats.corrections import SharedAlpha, benjamini_hochberg, holm, preferential_bonferroni

P_VALUES = st.lists(st.floats(1e-12, 1.0), max_size=12)


@given(P_VALUES)
def test_corrected_p_values_keep_their_order_and_their_place(p_values: list[float]) -> None:
    for adjusted in (holm(p_values), benjamini_hochberg(p_values)):
        assert len(adjusted) == len(p_values)
        assert all(raw <= found <= 1 for raw, found in zip(p_values, adjusted, strict=True))
        pairs = sorted(zip(p_values, adjusted, strict=True))
        assert [found for _, found in pairs] == sorted(adjusted)


@given(P_VALUES)
def test_a_false_share_is_easier_to_keep_than_no_false_finding(p_values: list[float]) -> None:
    pairs = zip(benjamini_hochberg(p_values), holm(p_values), strict=True)

    assert all(share <= any_false + 1e-12 for share, any_false in pairs)


@given(st.floats(1e-12, 1.0))
def test_one_question_needs_no_correction(p_value: float) -> None:
    assert holm([p_value]) == benjamini_hochberg([p_value]) == (p_value,)


def test_nothing_asked_is_nothing_answered() -> None:
    assert holm([]) == benjamini_hochberg([]) == ()


def test_a_lone_primary_metric_keeps_all_of_alpha() -> None:
    shared = preferential_bonferroni(alpha=0.05, primary_share=0.5, treatments=2, metrics=1)

    assert shared == SharedAlpha(primary=0.025, other=0.0)


def test_holm_keeps_the_chance_of_any_false_finding_and_no_correction_does_not() -> None:
    p_values = np.random.default_rng(8).uniform(size=(4_000, 5))

    false = np.mean([min(holm(row)) < 0.05 for row in p_values.tolist()])

    assert abs(false - 0.049) < 3 * (0.05 * 0.95 / 4_000) ** 0.5
    assert np.mean(p_values.min(axis=1) < 0.05) > 0.2
