"""The GraphiQL page for whoever is signed in. Never executes or repeats anything from the address."""

import hashlib
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from server.accounts.models import User
from server.accounts.selectors.authors import author_of_user
from server.schema.examples import WorkedExample, worked_examples
from server.web.security import style_nonce


@never_cache
def graphiql(request: HttpRequest) -> HttpResponse:
    """GraphiQL with worked examples; those who are not signed in are asked to sign in first."""
    user = request.user
    if not isinstance(user, User):
        return redirect(f"{reverse('sign-in')}?{urlencode({'next': request.path})}")
    examples = worked_examples(author_of_user(user))
    context = {"user": user, "boot": _boot(request, user, examples)}
    return render(request, "web/graphiql.html", context)


def _boot(request: HttpRequest, user: User, examples: list[WorkedExample]) -> dict[str, Any]:
    return {
        "endpoint": request.path,
        "csrfHeader": settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-"),
        "csrfToken": get_token(request),
        "styleNonce": style_nonce(request),
        "storageKey": _storage_key(user),
        "examples": [{"query": example.document, "variables": example.variables} for example in examples],
    }


def _storage_key(user: User) -> str:
    """Names the drafts of this user on this database: ids of a data folder that is gone do not come back."""
    return hashlib.sha256(f"{user.pk} {user.created_at.isoformat()}".encode()).hexdigest()[:16]
