"""A function on its way to a thread."""

from __future__ import annotations

import pytest

from hubbub.store.call import Call


def test_what_the_function_returns_comes_out() -> None:
    call: Call[int, int] = Call(lambda number: number + 1)
    call.run(1)
    assert call.outcome() == 2


@pytest.mark.parametrize("error", [ValueError("no"), StopIteration(3), KeyboardInterrupt()])
def test_what_it_raises_comes_out_there_and_not_in_the_thread(error: BaseException) -> None:
    def fail(_: object) -> None:
        raise error

    call = Call(fail)
    call.run(None)
    with pytest.raises(type(error)) as raised:
        call.outcome()
    assert raised.value is error
