"""How fast flags are served to applications, by one process; touches no database but the benchmark's own."""
