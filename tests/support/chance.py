"""Chance that can be had again: the seed is printed, which pytest shows when a test fails."""

from __future__ import annotations

import os
import random

VARIABLE = "TEST_SEED"


def pick_seed() -> int:
    """A seed of the run's own, or the one in `TEST_SEED=…` of the environment."""
    seed = int(os.environ.get(VARIABLE) or random.SystemRandom().randrange(2**32))
    print(f"{VARIABLE}={seed}")
    return seed


def seeded() -> random.Random:
    """A generator with such a seed."""
    return random.Random(pick_seed())
