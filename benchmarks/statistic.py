"""What is made of many samples."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that `share` (0 to 1) of them do not exceed, by nearest rank."""
    return sorted(samples)[max(0, math.ceil(share * len(samples)) - 1)]
