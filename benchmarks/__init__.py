"""`python -m benchmarks`: how fast fairsplit is, over HTTP, as `make run` serves it. Tests nothing, and no database of yours."""
