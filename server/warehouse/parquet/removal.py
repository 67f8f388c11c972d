"""Removes files that nobody reads any more, and those that never came to count. Decides nothing about those that do.

A row of the manifest goes before its file: whatever is cut short leaves a file that is not listed,
and that is swept away the next time.
"""

from datetime import datetime

from django.db import transaction

from server.warehouse.models import WarehouseFile
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.manifest import READABLE, known, let_nobody_list

MOST_AT_ONCE = 1_000


def remove_replaced(folder: Folder, *, now: datetime) -> None:
    """Remove what was replaced, or forgotten, more than a day ago."""
    while True:
        gone = WarehouseFile.objects.filter(replaced_at__lt=now - READABLE).order_by("pk")[:MOST_AT_ONCE]
        found = list(gone.values_list("pk", "path"))
        if not found:
            return
        WarehouseFile.objects.filter(pk__in=[pk for pk, _ in found]).delete()
        for _, path in found:
            folder.remove(path)


def sweep(folder: Folder, *, now: datetime) -> None:
    """Remove files that were written more than a day ago and that the manifest does not have.

    Younger ones may be about to be listed. So may an old one, whose block is written again at this very
    moment: under the lock under which files are listed each is looked at once more.
    """
    before = now - READABLE
    folder.sweep_scratch(before)
    listed = set(WarehouseFile.objects.values_list("path", flat=True).iterator())
    stray = [path for path in folder.files() if path not in listed and folder.is_older(path, before)]
    for start in range(0, len(stray), MOST_AT_ONCE):
        some = stray[start : start + MOST_AT_ONCE]
        with transaction.atomic():
            let_nobody_list()
            kept = known(some)
            for path in some:
                if path not in kept and folder.is_older(path, before):
                    folder.remove(path)


@transaction.atomic
def forget_before(time: int, *, now: datetime) -> None:
    """Let files stop counting whose events are all older than this; after a day they are removed."""
    old = WarehouseFile.objects.select_for_update().filter(replaced_at__isnull=True, last_time__lt=time)
    WarehouseFile.objects.filter(pk__in=list(old.order_by("pk").values_list("pk", flat=True))).update(replaced_at=now)
