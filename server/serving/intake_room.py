"""How many bytes of events one process holds at a time: what waits for its body, its reader or the database.

It never waits: who finds no room is told to come back. Client-side keys are public, so all of
them together have half of the room, and cannot keep an application's servers from sending.
"""

from __future__ import annotations

MOST_BYTES = 64 * 1024 * 1024
"""Of one process."""

LEAST = 1024
"""What the smallest body counts for: it takes a place, too."""


class Room:
    """Who takes gives back. All of it runs on the loop that serves."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most = most
        self.taken = 0
        self._by_clients = 0

    def take(self, size: int, *, client: bool) -> Place | None:
        """Room for so many bytes, or None while there is none."""
        place = Place(self, client)
        return place if place.resize(size) else None

    def _change(self, by: int, *, client: bool) -> bool:
        if by > 0 and self.taken + by > self.most:
            return False
        if by > 0 and client and self._by_clients + by > self.most // 2:
            return False
        self.taken += by
        self._by_clients += by if client else 0
        return True


class Place:
    """What one request has taken."""

    __slots__ = ("_client", "_room", "_size")

    def __init__(self, room: Room, client: bool) -> None:
        self._room, self._client, self._size = room, client, 0

    def resize(self, size: int) -> bool:
        """Hold so much instead; False, and nothing changes, where that is more than there is."""
        size = max(size, LEAST)
        if not self._room._change(size - self._size, client=self._client):
            return False
        self._size = size
        return True

    def give_back(self) -> None:
        """Hold nothing any more."""
        self._room._change(-self._size, client=self._client)
        self._size = 0
