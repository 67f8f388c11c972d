"""How large the context of one evaluation may be, whichever door it comes through. Enforces nothing itself."""

MAX_CONTEXT = 131_072
"""Bytes of a context as JSON: ten times any sensible one.

Everybody waits while one is parsed, and a client-side key is anybody's. The dearest one of
this size takes some milliseconds; at a megabyte it would be 34.
"""

MAX_TRAITS = 1_000
"""The most traits that one context has: more is a mistake, and would be paid for by everybody else."""
