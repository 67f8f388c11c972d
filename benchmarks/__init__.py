"""How fast fairsplit is over HTTP, served as `make run` serves it; touches no database but its own."""
