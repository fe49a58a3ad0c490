"""`python -m benchmarks`: the sides in turn, several rounds, medians; every figure is of this run on this machine."""

from __future__ import annotations

import argparse
import asyncio
import statistics

import aiohttp

from benchmarks import workloads
from benchmarks.sides import serving

RECEIVERS = 100


async def measure_bare(count: int) -> dict[str, float]:
    """The limit for requests."""
    with serving("benchmarks.bare:app") as url:
        async with aiohttp.ClientSession(url) as http:
            return {"bare Hypercorn, requests/s": await workloads.bare(http, count)}


async def measure_hubbub(count: int, receivers: int) -> dict[str, float]:
    """What a chat does, on a fresh database with synchronous=FULL."""
    with serving("src.app:app") as url:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(url, connector=connector) as http:
            room = await workloads.open_room(http)
            return {
                "history page of 50, requests/s": await workloads.pages(room, count),
                "durable post over REST, requests/s": await workloads.posts(room, count),
                f"fan-out to {receivers}, deliveries/s": await workloads.fan_out(room, receivers, count // 4),
            }


async def measure(rounds: int, count: int, receivers: int) -> dict[str, float]:
    """Medians over the rounds, by workload."""
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for figures in (await measure_bare(count), await measure_hubbub(count, receivers)):
            for name, figure in figures.items():
                found.setdefault(name, []).append(figure)
    return {name: statistics.median(figures) for name, figures in found.items()}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=2_000, help="requests of each workload in a round")
    parser.add_argument("--receivers", type=int, default=RECEIVERS)
    given = parser.parse_args()
    medians = asyncio.run(measure(given.rounds, given.count, given.receivers))
    limit = next(iter(medians.values()))
    print(f"medians of {given.rounds} rounds; ratios to the bare server of the same run")
    for name, figure in medians.items():
        print(f"{name:<40} {figure:>10,.0f} {figure / limit:>8.2f}")


if __name__ == "__main__":
    main()
