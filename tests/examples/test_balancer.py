from __future__ import annotations

from collections import Counter

import httpx

from tests.support.deadline import eventually
from tests.support.examples import ExampleProcess
from tests.support.rest import rest_client

NAMES = ("one", "two", "three")


async def answers(rest: httpx.AsyncClient, count: int) -> Counter[str]:
    return Counter([(await rest.get("/")).text.split()[-1] for _ in range(count)])


async def test_each_has_its_turn_and_who_breaks_is_left_alone_until_it_is_well(example: ExampleProcess) -> None:
    async with rest_client(example, http2=False) as rest:
        assert await answers(rest, 9) == dict.fromkeys(NAMES, 3)
        await rest.post("/break/two")
        assert set(await answers(rest, 12)) == {"one", "three"}
        assert (await rest.get("/targets")).json()["two"] in {"open", "half open"}
        await rest.post("/mend/two")

        async def is_closed() -> bool:
            await answers(rest, 3)
            return bool((await rest.get("/targets")).json()["two"] == "closed")

        await eventually(is_closed, "its breaker to close")
        assert await answers(rest, 9) == dict.fromkeys(NAMES, 3)
