"""How the tables are emptied after a test that commits: in milliseconds. An app of the tests' settings alone."""
