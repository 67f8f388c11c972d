"""Which path answers what."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path

from server.accounts.authentication import authentication_failure_of, author_of
from server.schema.http.view import GraphQLView
from server.schema.schema import schema
from server.web.exports import results_csv, results_parquet
from server.web.graphiql import graphiql
from server.web.sign_in import sign_in, sign_out

graphql = GraphQLView(
    schema, html_view=graphiql, author_of=author_of, authentication_failure_of=authentication_failure_of
)


def home(_request: HttpRequest) -> HttpResponse:
    """The explorer is the front page as long as there is no other."""
    return redirect("graphql")


urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("graphql", graphql, name="graphql"),
    path("exports/experiments/<str:experiment_id>/results.csv", results_csv, name="results-csv"),
    path("exports/experiments/<str:experiment_id>/results.parquet", results_parquet, name="results-parquet"),
    path("sign-in", sign_in, name="sign-in"),
    path("sign-out", sign_out, name="sign-out"),
]
