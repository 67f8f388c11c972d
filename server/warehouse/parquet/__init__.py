"""The warehouse by default: Parquet files that a manifest in PostgreSQL lists, read by DuckDB. Knows no experiment.

Never imported when a web process starts: DuckDB and Ibis are loaded by whoever asks a question.
"""
