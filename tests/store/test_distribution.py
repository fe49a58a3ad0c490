"""Values are counted in their buckets, as Prometheus has them: each holds those below it too."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from hubbub.store.distribution import SECONDS, Distribution

VALUES = st.lists(st.floats(min_value=0, max_value=100, allow_nan=False))


@given(VALUES)
def test_each_bucket_holds_what_is_not_above_its_bound(values: list[float]) -> None:
    distribution = Distribution(SECONDS)
    for value in values:
        distribution.add(value)
    buckets = dict(distribution.buckets())
    assert buckets == {bound: sum(value <= bound for value in values) for bound in (*SECONDS, math.inf)}
    assert math.isclose(distribution.sum, math.fsum(values))
