"""What waits for one client, in order and bounded; knows neither the wire nor what the frames say."""

from __future__ import annotations

from collections import deque


class Outbox:
    """Answers and events; when there is no room, events are what is given up, since the log has them."""

    def __init__(self, *, max_frames: int, max_bytes: int) -> None:
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._frames: deque[tuple[str, int, bool]] = deque()  # (frame, its bytes, whether it is an event)
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, frame: str, *, is_event: bool) -> bool:
        """Append a frame; False, and nothing is kept of it, where it does not fit."""
        size = len(frame) if frame.isascii() else len(frame.encode())
        if len(self._frames) >= self._max_frames or self.bytes + size > self._max_bytes:
            return False
        self._frames.append((frame, size, is_event))
        self.bytes += size
        return True

    def drop_events(self) -> None:
        """Keep the answers only."""
        self._frames = deque(each for each in self._frames if not each[2])
        self.bytes = sum(size for _, size, _ in self._frames)

    def clear(self) -> None:
        """Keep nothing."""
        self._frames.clear()
        self.bytes = 0

    def take(self) -> str:
        """The next frame.

        Raises:
            IndexError: there is none.
        """
        frame, size, _ = self._frames.popleft()
        self.bytes -= size
        return frame
