"""Why no events are taken at all, whatever is in them. Looks nothing up."""

from server.errors import Conflict


class OutboxFull(Conflict):
    """So much waits to be moved to the warehouse that no more is taken before some of it has gone."""

    code = "OUTBOX_FULL"
    allowed = ("trackEvents, later",)

    def __init__(self) -> None:
        super().__init__("More events wait to be moved to the warehouse than there is room for. Try again later.")


class WarehouseReadOnly(Conflict):
    """The events come from a warehouse that is somebody else's."""

    code = "WAREHOUSE_READ_ONLY"

    def __init__(self) -> None:
        super().__init__("The events here come from a warehouse that fairsplit only reads: it takes none itself.")
