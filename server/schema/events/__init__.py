"""Events in the API: taking some, and how many are on their way."""
