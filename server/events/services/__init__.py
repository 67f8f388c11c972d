"""Writes of the outbox, one module each."""
