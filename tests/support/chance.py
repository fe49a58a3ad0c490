"""Chance that can be had again: the seed is printed, which pytest shows when a test fails."""

from __future__ import annotations

import os
import random

VARIABLE = "TEST_SEED"


def seeded() -> random.Random:
    """A generator of the run's own; with `TEST_SEED=…` in the environment, the one that was printed with that seed."""
    seed = int(os.environ.get(VARIABLE) or random.SystemRandom().randrange(2**32))
    print(f"{VARIABLE}={seed}")
    return random.Random(seed)
