"""How often somebody may do something."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.rates import CROWD_BUCKETS, Rate, RateLimiter, RateLimitMiddleware
from tests.support.asgi_calls import Recorder, call, http_scope, websocket_scope

POSTS = Rate("posts", burst=3, per_second=2.0)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_a_wait_then_one_more() -> None:
    clock = Clock()
    limiter = RateLimiter(monotonic=clock)
    assert [limiter.take(POSTS, "a") for _ in range(4)] == [None, None, None, pytest.approx(0.5)]
    clock.now += 0.5
    assert limiter.take(POSTS, "a") is None
    assert limiter.take(POSTS, "a") is not None


def test_keys_and_rates_do_not_share() -> None:
    limiter = RateLimiter(monotonic=Clock())
    assert limiter.take(POSTS, "a", cost=3) is None
    assert limiter.take(POSTS, "b", cost=3) is None
    assert limiter.take(Rate("logins", 1, 1.0), "a") is None
    assert limiter.take(POSTS, "a") is not None


def test_a_refusal_costs_nothing() -> None:
    limiter = RateLimiter(monotonic=Clock())
    limiter.take(POSTS, "a", cost=2)
    assert limiter.take(POSTS, "a", cost=2) == pytest.approx(0.5)
    assert limiter.take(POSTS, "a", cost=1) is None


@pytest.mark.parametrize("cost", [0, -1, 4])
def test_a_cost_that_never_fits_is_a_mistake(cost: int) -> None:
    with pytest.raises(ValueError, match="cost"):
        RateLimiter(monotonic=Clock()).take(POSTS, "a", cost)


@pytest.mark.parametrize(("burst", "per_second"), [(0, 1.0), (1, 0.0), (1, -1.0)])
def test_a_rate_that_never_allows_is_a_mistake(burst: int, per_second: float) -> None:
    with pytest.raises(ValueError, match="rate x"):
        Rate("x", burst, per_second)


def test_switched_off_nothing_waits_and_nothing_is_remembered() -> None:
    limiter = RateLimiter(monotonic=Clock(), enabled=False)
    assert {limiter.take(POSTS, "a") for _ in range(100)} == {None}
    assert limiter.keys == 0


def test_full_buckets_are_forgotten() -> None:
    clock = Clock()
    limiter = RateLimiter(monotonic=clock, max_keys=100)
    for number in range(1000):
        limiter.take(POSTS, str(number))
        clock.now += 1.0
        assert limiter.keys <= 2


def test_a_flood_of_keys_washes_nobody_out() -> None:
    limiter = RateLimiter(monotonic=Clock(), max_keys=10)
    limiter.take(POSTS, "depleted", cost=3)
    allowed = sum(limiter.take(POSTS, f"flood {number}") is None for number in range(20_000))
    assert limiter.keys == 10
    assert allowed <= 10 + CROWD_BUCKETS * POSTS.burst
    assert limiter.take(POSTS, "depleted") is not None


def test_after_a_flood_new_keys_have_buckets_of_their_own_again() -> None:
    clock = Clock()
    limiter = RateLimiter(monotonic=clock, max_keys=10)
    for number in range(100):
        limiter.take(POSTS, str(number), cost=3)
    clock.now += 10.0
    assert limiter.take(POSTS, "new", cost=3) is None
    assert limiter.keys <= 10


steps = st.lists(st.tuples(st.floats(0, 5), st.sampled_from("abcdef"), st.integers(1, 3)), max_size=60)


@given(steps, st.integers(1, 3))
def test_never_more_than_the_burst_and_the_rate_allow(steps: list[tuple[float, str, int]], max_keys: int) -> None:
    """For keys that have buckets of their own, over every span of time, whatever the others do."""
    clock = Clock()
    limiter = RateLimiter(monotonic=clock, max_keys=max_keys)
    start, taken = clock.now, 0
    limiter.take(POSTS, "mine", cost=3)
    for pause, key, cost in steps:
        clock.now += pause
        limiter.take(POSTS, key, cost)
        taken += limiter.take(POSTS, "mine") is None
        # Sharing a bucket can only be stricter; leaving a shared one for an own one gives a burst at most.
        assert taken <= (clock.now - start) * POSTS.per_second + 2 * POSTS.burst + 1e-6
        assert limiter.keys <= max_keys


@given(st.floats(0.01, 1000), st.integers(1, 50), st.lists(st.floats(0, 10), min_size=1, max_size=40))
def test_the_wait_that_is_announced_is_enough(per_second: float, burst: int, pauses: list[float]) -> None:
    clock = Clock()
    limiter = RateLimiter(monotonic=clock)
    rate = Rate("any", burst, per_second)
    for pause in pauses:
        clock.now += pause
        wait = limiter.take(rate, "a", burst)
        if wait is not None:
            assert 0 < wait <= burst / per_second + 1e-3
            clock.now += wait
            assert limiter.take(rate, "a", burst) is None


async def test_addresses_wait() -> None:
    clock = Clock()
    limiter = RateLimiter(monotonic=clock)
    app = RateLimitMiddleware(Recorder(), limiter=limiter, requests=Rate("requests", 1, 0.4))
    assert (await call(app, http_scope())).status == 200
    reply = await call(app, http_scope())
    assert (reply.status, reply.document["code"]) == (429, "rate_limited")
    assert reply.headers["retry-after"] == str(math.ceil(1 / 0.4))
    assert (await call(app, http_scope(client=("192.0.2.77", 1)))).status == 200
    assert (await call(app, websocket_scope())).start["type"] == "websocket.accept"


async def test_websockets_have_a_rate_of_their_own_and_ipv6_counts_by_its_64() -> None:
    limiter = RateLimiter(monotonic=Clock())
    app = RateLimitMiddleware(Recorder(), limiter=limiter, websockets=Rate("websockets", 1, 1.0))
    first = await call(app, websocket_scope(client=("2001:db8::1", 1)))
    second = await call(app, websocket_scope(client=("2001:db8::2", 1)))
    assert first.start["type"] == "websocket.accept"
    assert second.status == 429
    assert (await call(app, http_scope())).status == 200


async def test_lifespan_passes_through() -> None:
    inner = Recorder()
    app = RateLimitMiddleware(inner, limiter=RateLimiter(monotonic=Clock()), requests=POSTS)
    await call(app, {"type": "lifespan"}, [])
    assert inner.scope == {"type": "lifespan"}
