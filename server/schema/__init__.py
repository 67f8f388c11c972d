"""The GraphQL API: types, inputs, queries and mutations, by domain. Holds no rule of its own."""
