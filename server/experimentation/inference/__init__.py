"""Statistics for whoever asks, from sums and plans that the asker gives. Reads no event, no experiment, no database."""
