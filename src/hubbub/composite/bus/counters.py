"""What the bus counts; nothing here runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class BusCounters:
    """These only grow."""

    connects: int = 0  # Redis was reached, the first time included
    losses: int = 0  # and lost
    published: int = 0  # words
    heard: int = 0  # words of others
    merged: int = 0  # words that left with another one
    dropped: int = 0  # words that were not said: nobody listened, or they were too long
    gaps: int = 0  # words of others that were missed
    malformed: int = 0  # what was no word
    looks: int = 0  # for what may have been missed
