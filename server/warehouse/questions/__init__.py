"""Questions to a warehouse: what is asked, the one expression for each, and what is answered. Know no engine."""
