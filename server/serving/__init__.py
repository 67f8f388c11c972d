"""Serves flags to applications from compiled snapshots in memory; a request never reaches the database."""
