"""The GraphQL API: types, inputs, queries and mutations, by domain. Holds no rule of its own."""

import server.schema.enums  # noqa: F401 - before any type that uses one of them
