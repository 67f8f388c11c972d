"""How fast the results of a large experiment are computed, and in how much memory; touches no database but its own."""
