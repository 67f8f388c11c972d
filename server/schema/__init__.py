"""The GraphQL API: types, inputs, queries and mutations, by domain. Holds no rule of its own."""

import server.schema.orders  # noqa: F401 - it and the other enums before any type that uses one of them
