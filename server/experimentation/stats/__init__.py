"""PURE: the inference behind results, from frozen sums to frozen results or a typed reason why there is none.

It reads no database, no clock and no file, and knows nothing of Django or GraphQL.
`docs/statistics.md` says in words what each number means.
"""
