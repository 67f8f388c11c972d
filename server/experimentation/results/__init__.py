"""What came of an experiment: asked of the warehouse, inferred, judged and stored. Collects no event."""
