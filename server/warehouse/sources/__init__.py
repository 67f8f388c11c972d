"""Warehouses that are somebody else's: their own tables, mapped to ours, and only ever read."""
