"""The lock under which access to an organisation changes. Never locks anything else."""

from server.accounts.authors import Author, Scope
from server.accounts.models import Organisation
from server.accounts.permissions import sees
from server.accounts.selectors.authors import refreshed
from server.errors import NotFound


def lock_access(organisation_id: int, *, author: Author) -> tuple[Organisation, Author]:
    """Let one transaction at a time change an organisation's grants and keys.

    The author comes back with the roles held under the lock: one whose role was taken
    away a moment ago must not act on it any more.

    Raises:
        NotFound: no organisation with this id that the author may see.
    """
    organisation = Organisation.objects.select_for_update(no_key=True).filter(pk=organisation_id).first()
    author = refreshed(author)
    if organisation is None or not sees(author, Scope(organisation_id)):
        raise NotFound("organisation")
    return organisation, author
