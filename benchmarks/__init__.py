"""`python -m benchmarks`: how fast fairsplit is over HTTP, served as `make run` serves it; touches no database of yours."""
