"""Results as files to download: the last that were computed, for who may see them in the API. Computes nothing."""

from collections.abc import Callable, Iterable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from server.accounts.authentication import authentication_of
from server.experimentation.models import Experiment
from server.experimentation.results.export import Row, rows_of
from server.experimentation.results.export_files import as_csv, as_parquet
from server.experimentation.results.shown import whole_document_of
from server.experimentation.selectors import visible_experiments
from server.schema.ids import decode_id

Written = Callable[[Iterable[Row]], bytes]


@require_safe
def results_csv(request: HttpRequest, experiment_id: str) -> HttpResponse:
    """The results as CSV."""
    return _answer(request, experiment_id, as_csv, "csv", "text/csv; charset=utf-8")


@require_safe
def results_parquet(request: HttpRequest, experiment_id: str) -> HttpResponse:
    """The results as Parquet."""
    return _answer(request, experiment_id, as_parquet, "parquet", "application/vnd.apache.parquet")


def _answer(request: HttpRequest, experiment_id: str, write: Written, ending: str, media_type: str) -> HttpResponse:
    """The file; 401 for who says nothing of themselves or nothing true, 404 for what they may not see."""
    known = authentication_of(request)
    if known.author is None:
        challenge = 'Bearer error="invalid_token"' if known.failure else "Bearer"
        return _text(known.failure or "Sign in, or send an API key.", 401, {"WWW-Authenticate": challenge})
    key = decode_id(experiment_id, "Experiment")
    experiments = Experiment.objects.filter(visible_experiments(known.author), results_state__current__isnull=False)
    experiment = experiments.select_related("results_state__current").filter(pk=key).first()
    if experiment is None:
        return _text("There is no such experiment that you may see, or it has no results yet.", 404)
    computation = experiment.results_state.current
    assert computation is not None, "only experiments with results were asked for"
    rows = rows_of(computation, whole_document_of(computation), experiment=experiment.key)
    name = f"{experiment.key}-results-{computation.number}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **_UNKEPT}
    return HttpResponse(write(rows), content_type=media_type, headers=headers)


_UNKEPT = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


def _text(message: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(
        f"{message}\n", status=status, content_type="text/plain; charset=utf-8", headers=_UNKEPT | (headers or {})
    )
