"""GraphQL over HTTP: the view, what it refuses, and how errors look. Knows no domain type.

``view.GraphQLView`` answers requests, ``schema.Schema`` and ``extension.schema_extensions``
put the limits in front of execution, ``errors.ClientError`` is how a resolver says
something to the client on purpose.
"""
