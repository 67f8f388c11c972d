"""Moves batches from the outbox into the warehouse, in blocks: each event once in effect, whatever happens on the way.

A block is prepared in one transaction, appended to the warehouse, and finished in another transaction. Whoever
is killed in between leaves a block that is prepared, and the next mover appends the same again. It loses no
event, and decides nothing about what an event is.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from server.database.alone import alone
from server.events.blocks import MOVING, AnotherMover, finish_block, prepare_block
from server.events.staging import staged
from server.warehouse.engine import Warehouse

MOST_BLOCKS = 50


def move_blocks(warehouse: Warehouse, *, clock: Callable[[], datetime], most_blocks: int = MOST_BLOCKS) -> int:
    """Move what waits, the oldest first, until nothing does or so many blocks are moved; how many were.

    None while somebody else moves. The clock is read twice for each block, since many of them may take minutes:
    when it is prepared and when it is finished. Whatever this raises, the block in hand stays as it was
    prepared, and the next call begins with it.

    Raises:
        WarehouseUnavailable: it cannot be reached.
        ReadOnlyWarehouse: it takes no events at all.
    """
    moved = 0
    # Raised in the middle: whoever lost the session lost the block, too.
    with suppress(AnotherMover), alone(MOVING) as sole_mover:
        while sole_mover and moved < most_blocks and _move_one(warehouse, clock):
            moved += 1
    return moved


def _move_one(warehouse: Warehouse, clock: Callable[[], datetime]) -> bool:
    block = prepare_block(now=clock())
    if block is None:
        return False
    with staged(block) as files:
        appended = warehouse.append(files) if files.files else ()
    finish_block(block.pk, appended, warehouse=warehouse, now=clock())
    return True
