"""Events in ClickHouse: its tables, how blocks get into them, and sessions. Asks no question of its own."""
