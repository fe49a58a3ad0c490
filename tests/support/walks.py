"""Random walks: what a few people do at one server, drawn by Hypothesis from a seed.

Knows nothing of how it is done. A walk is a row of moments; what stands in one moment is done at the same time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.support.ways import Way

Visibility = Literal["public", "private"]

NAMES = ("Ada", "Bob", "Eve")
MOMENTS = (10, 20)  # of one walk
AT_ONCE = 3  # steps of one moment, at the most
POSTED_AT_ONCE = 3  # messages of one step, at the most
LOOK_AFTER = 10  # moments, on average
DRAWN_AT_ONCE = 16  # walks; Hypothesis gives up on more than 8 KiB of choices at once
FAR_BACK = 5  # messages that an edit or a deletion chooses from, counted from the newest


@dataclass(frozen=True)
class Connect:
    """Leave by whatever one is there by, and come back by this way."""

    who: int
    way: Way

    def __str__(self) -> str:
        return f"{NAMES[self.who]} connects by {self.way}"


@dataclass(frozen=True)
class Disconnect:
    """Go, with a goodbye or without."""

    who: int
    abruptly: bool

    def __str__(self) -> str:
        return f"{NAMES[self.who]} {'vanishes' if self.abruptly else 'leaves'}"


@dataclass(frozen=True)
class Stumble:
    """The network fails for a moment, where one is there by Socket.IO; whoever polls may not notice."""

    who: int

    def __str__(self) -> str:
        return f"{NAMES[self.who]}'s network fails for a moment"


@dataclass(frozen=True)
class Command:
    """`own` is by one's own connection, where that takes commands; otherwise by REST."""

    who: int
    own: bool

    @property
    def _how(self) -> str:
        return f"{NAMES[self.who]} {'over the connection' if self.own else 'by REST'}: "


@dataclass(frozen=True)
class Post(Command):
    room: int
    count: int

    def __str__(self) -> str:
        return f"{self._how}posts {self.count} in room {self.room}"


@dataclass(frozen=True)
class Edit(Command):
    back: int

    def __str__(self) -> str:
        return f"{self._how}edits message -{self.back}"


@dataclass(frozen=True)
class Delete(Command):
    back: int

    def __str__(self) -> str:
        return f"{self._how}deletes message -{self.back}"


@dataclass(frozen=True)
class Join(Command):
    room: int

    def __str__(self) -> str:
        return f"{self._how}joins room {self.room}"


@dataclass(frozen=True)
class Leave(Command):
    room: int

    def __str__(self) -> str:
        return f"{self._how}leaves room {self.room}"


@dataclass(frozen=True)
class Bring(Command):
    whom: int
    room: int

    def __str__(self) -> str:
        return f"{self._how}brings {NAMES[self.whom]} into room {self.room}"


@dataclass(frozen=True)
class TakeOut(Command):
    whom: int
    room: int

    def __str__(self) -> str:
        return f"{self._how}takes {NAMES[self.whom]} out of room {self.room}"


@dataclass(frozen=True)
class Look:
    """A quiet moment: whoever is connected must know what a fresh client loads."""

    def __str__(self) -> str:
        return "everybody who is connected is compared with a fresh snapshot"


@dataclass(frozen=True)
class Kill:
    """SIGKILL for one of the workers."""

    which: int

    def __str__(self) -> str:
        return f"worker {self.which} is killed"


@dataclass(frozen=True)
class Restart:
    """SIGTERM for all, and a start on the same data."""

    def __str__(self) -> str:
        return "the server is restarted"


Step = Connect | Disconnect | Stumble | Command | Look | Kill | Restart
Moment = tuple[Step, ...]


@dataclass(frozen=True)
class Walk:
    """`rooms` says how visible each is; by `last_ways` everybody is there at the end."""

    people: int
    rooms: tuple[Visibility, ...]
    moments: tuple[Moment, ...]
    last_ways: tuple[Way, ...]

    def __str__(self) -> str:
        lines = [f"{', '.join(NAMES[: self.people])}; {' and '.join(self.rooms)} room"]
        lines += [f"{number:>3}. {'; '.join(map(str, moment))}" for number, moment in enumerate(self.moments)]
        lines += [f"     {name} is there by {way}" for name, way in zip(NAMES, self.last_ways, strict=False)]
        return "\n".join(lines)

    def with_moment(self, place: int, step: Step) -> Walk:
        """The same with one more moment, before the one at `place`."""
        return replace(self, moments=(*self.moments[:place], (step,), *self.moments[place:]))


@dataclass(frozen=True)
class Bounds:
    """What a batch is made of."""

    walks: int
    kills: int
    restarts: int


WAYS: st.SearchStrategy[Way] = st.sampled_from(get_args(Way))


def _steps(people: int, rooms: int) -> st.SearchStrategy[Step]:
    who, own = st.integers(0, people - 1), st.booleans()
    room, back = st.integers(0, rooms - 1), st.integers(0, FAR_BACK - 1)
    # {what: how often, as weights}
    weights: dict[st.SearchStrategy[Step], int] = {
        st.builds(Connect, who, WAYS): 8,
        st.builds(Disconnect, who, st.booleans()): 3,
        st.builds(Stumble, who): 2,
        st.builds(Post, who, own, room, st.integers(1, POSTED_AT_ONCE)): 8,
        st.builds(Edit, who, own, back): 3,
        st.builds(Delete, who, own, back): 1,
        st.builds(Join, who, own, room): 3,
        st.builds(Leave, who, own, room): 2,
        st.builds(Bring, who, own, who, room): 2,
        st.builds(TakeOut, who, own, who, room): 1,
    }
    return st.sampled_from([step for step, weight in weights.items() for _ in range(weight)]).flatmap(lambda s: s)


@st.composite
def _walks(draw: st.DrawFn) -> Walk:
    people = draw(st.integers(2, len(NAMES)))
    rooms = tuple(draw(st.lists(st.sampled_from(get_args(Visibility)), min_size=1, max_size=2)))
    busy = st.lists(_steps(people, len(rooms)), min_size=1, max_size=AT_ONCE).map(tuple)
    quiet: st.SearchStrategy[Moment] = st.just((Look(),))
    moment = st.integers(0, LOOK_AFTER).flatmap(lambda n: quiet if n == LOOK_AFTER else busy)
    moments = draw(st.lists(moment, min_size=MOMENTS[0], max_size=MOMENTS[1]))
    last_ways = draw(st.lists(WAYS, min_size=people, max_size=people))
    return Walk(people, rooms, tuple(moments), tuple(last_ways))


def draw_batch(number: int, bounds: Bounds) -> Sequence[Walk]:
    """The walks of a seed, which alone decides, with the outages somewhere in them.

    They are drawn before anything is done, because nothing of what Hypothesis does after a failure is of use with real
    processes: a walk that failed once may pass the second time, and then no smaller one can be found.
    """
    chance = random.Random(number)
    walks: list[Walk] = []
    while len(walks) < bounds.walks:
        walks += _draw(chance.getrandbits(64), min(DRAWN_AT_ONCE, bounds.walks - len(walks)))
    outages: list[Step] = [Kill(chance.randrange(2)) for _ in range(bounds.kills)]
    outages += [Restart() for _ in range(bounds.restarts)]
    for outage in outages:
        chosen = chance.randrange(len(walks))
        walks[chosen] = walks[chosen].with_moment(chance.randint(0, len(walks[chosen].moments)), outage)
    return walks


def _draw(number: int, count: int) -> Sequence[Walk]:
    drawn: list[Sequence[Walk]] = []

    @seed(number)
    @settings(
        max_examples=2,  # the first is always the simplest one that there is
        phases=[Phase.generate],
        database=None,
        derandomize=False,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(_walks(), min_size=count, max_size=count))
    def keep(walks: Sequence[Walk]) -> None:
        drawn.append(walks)

    draw: Callable[[], None] = keep
    draw()
    return drawn[-1]
