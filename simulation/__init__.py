"""Visitors for a server that runs: asks it for flags and sends it events, as applications do. Opens no database."""
