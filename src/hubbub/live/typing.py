"""Who is typing where; it ends by itself when a client falls silent.  Times are seconds of a monotonic clock."""

from __future__ import annotations

TYPING_SECONDS = 6.0  # clients repeat `set_typing` every three seconds while somebody types


class Typing:
    """Bounded by the people who are connected times the rooms they are in."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}  # {(room_id, user_id): runs_out}

    def start(self, room_id: str, user_id: str, now: float) -> bool:
        """Whether this is news."""
        news = (room_id, user_id) not in self._until
        self._until[room_id, user_id] = now + TYPING_SECONDS
        return news

    def stop(self, room_id: str, user_id: str) -> bool:
        """Whether this is news."""
        return self._until.pop((room_id, user_id), None) is not None

    def stop_everywhere(self, user_id: str) -> list[str]:
        """The rooms in which somebody, now gone, was typing."""
        rooms = [room_id for room_id, typist in self._until if typist == user_id]
        for room_id in rooms:
            del self._until[room_id, user_id]
        return rooms

    def sweep(self, now: float) -> list[tuple[str, str]]:
        """Drop what has run out: (room_id, user_id) each."""
        over = [place for place, runs_out in self._until.items() if runs_out <= now]
        for place in over:
            del self._until[place]
        return over
