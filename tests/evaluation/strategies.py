"""What strangers send: whatever JSON can bring as a trait, and some of what only Python can."""

import math
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.evaluation import documents

seeds = st.integers(0, 2**64).map(Random)
"""A random generator for documents that is the same for the same seed."""

targeting_keys = st.none() | st.sampled_from(documents.KEYS) | st.text(max_size=8)

_BEYOND_JSON = [math.nan, math.inf, 10**400, -(10**400), "\ud800", b"a", 1j, (1, 2)]
_leaves = (
    st.sampled_from([*documents.TEXTS, *documents.NUMBERS, *documents.FURTHER_TRAITS, *_BEYOND_JSON])
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
)
garbage: st.SearchStrategy[Any] = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)

contexts = st.dictionaries(st.sampled_from(documents.TRAITS), garbage, max_size=3)
