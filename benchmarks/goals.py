"""What Hubbub must reach, figure by figure, and whether it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Figures = Mapping[str, float]  # {side: the median of a figure}


@dataclass(frozen=True)
class Goal:
    """Hubbub's `figure` of a workload: at least, or at most, `bounds` times that of a peer.

    A peer of None means the figure itself. Of two bounds the first must be reached, the second comes then.
    """

    workload: str
    figure: str
    bounds: tuple[float, ...]
    peer: str | None = None
    at_least: bool = False

    def ratio(self, medians: Figures) -> float | None:
        """What is held against the bounds; None when one of the two sides was not measured."""
        if "hubbub" not in medians or (self.peer is not None and self.peer not in medians):
            return None
        return medians["hubbub"] / (medians[self.peer] if self.peer else 1.0)

    def reached(self, ratio: float) -> list[bool]:
        """Whether each bound is kept."""
        return [ratio >= bound if self.at_least else ratio <= bound for bound in self.bounds]

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        bounds = ", then ".join(f"{bound:g}" for bound in self.bounds)
        return f"{sign} {bounds}" + (f" × {self.peer}" if self.peer else "")

    def verdict(self, ratio: float) -> str:
        """The goal with what became of it, for people."""
        said = dict.fromkeys("reached" if kept else "NOT reached" for kept in self.reached(ratio))
        return f"{self} {', then '.join(said)}"


GOALS = (
    Goal("fan-out-100", "deliveries_per_s", (3.0, 3.5), "node", at_least=True),
    Goal("fan-out-500", "deliveries_per_s", (3.0, 3.5), "node", at_least=True),
    Goal("ingest", "acked_per_s", (2.5, 3.0), "node", at_least=True),
    Goal("ingest", "ack_p99_ms", (1.0,), "node"),
    Goal("latency", "delivery_p99_ms", (1.0,), "node"),
    Goal("history-page", "requests_per_s", (1.0,), "node", at_least=True),
    Goal("durable-post", "requests_per_s", (1.0,), "fastapi", at_least=True),
    Goal("idle", "kib_each", (1.0,), "fastapi"),
    Goal("idle", "kib_each", (1.0,), "node"),
    Goal("resume", "server_seconds", (5.0,)),
    Goal("volume", "history_ratio", (1.2,)),
    Goal("volume", "unread_ratio", (1.2,)),
)


def goals_of(workload: str, figure: str) -> list[Goal]:
    return [goal for goal in GOALS if (goal.workload, goal.figure) == (workload, figure)]
