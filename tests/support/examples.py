"""An example as its readers start it: by the command in its docstring, on ports that nobody else has."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.machine import ROOT
from tests.support.ports import ReservedPort
from tests.support.server import ServerProcess

EXAMPLES = ROOT / "examples"

# A line of the docstring that is indented stands to be typed; it begins with a program or with `NAME=value`.
_COMMAND = re.compile(r"^    ((?:[A-Z_]+=\S+ )*(?:hypercorn|hubbub|gunicorn|python) .+)$", re.MULTILINE)
_SETTING = re.compile(r"([A-Z_]+)=(.*)")
# A port in an example is 8000 or one of the numbers after it; the tests take others.
_PORT = re.compile(r"\b80\d\d\b")


def command_of(name: str) -> str:
    """The one command in the docstring of `examples/<name>.py`."""
    docstring = ast.get_docstring(ast.parse((EXAMPLES / f"{name}.py").read_text())) or ""
    found = _COMMAND.findall(docstring)
    assert len(found) == 1, f"the docstring of examples/{name}.py holds {len(found)} indented commands and not one"
    return str(found[0])


class CommandProcess(ServerProcess):
    """What a command starts. `http_url` is at the first port in it; `env` goes before what the command sets."""

    def __init__(self, folder: Path, command: str, *, env: Mapping[str, str] | None = None) -> None:
        super().__init__(folder, command="hypercorn", tls=False, env=env)
        self._words = shlex.split(command)
        settings: dict[str, str] = {}
        while setting := _SETTING.fullmatch(self._words[0]):
            settings[setting[1]] = setting[2]
            del self._words[0]
        first, *later = sorted(set(_PORT.findall(" ".join(self._words))))
        self._numbered: dict[str, ReservedPort] = {first: self._plain_port}  # {as the command says: ours}
        self._numbered |= {number: ReservedPort() for number in later}
        self._ports = list(self._numbered.values())
        self._environment |= {name: self._with_our_ports(value) for name, value in settings.items()} | dict(env or {})

    def port(self, number: int) -> int:
        """Which port stands for one in the command."""
        return self._numbered[str(number)].number

    def _command_line(self) -> list[str]:
        return [self._with_our_ports(word) for word in self._words]

    def _with_our_ports(self, text: str) -> str:
        """Ports that the command only speaks of are somebody else's, and stay."""
        ours = {number: str(port.number) for number, port in self._numbered.items()}
        return _PORT.sub(lambda found: ours.get(found[0], found[0]), text)


class ExampleProcess(CommandProcess):
    """One example in its own process."""

    def __init__(self, folder: Path, name: str, *, env: Mapping[str, str] | None = None) -> None:
        super().__init__(folder, command_of(name), env=env)


@contextmanager
def running_example(
    folder: Path, name: str, *, env: Mapping[str, str] | None = None, clean: bool = True
) -> Iterator[ExampleProcess]:
    """An example for the length of a block; SIGTERM then ends it with status 0, and its log holds no error.

    `clean=False` is for examples that are to log an error: the test says what the log may hold.
    """
    server = ExampleProcess(folder, name, env=env)
    try:
        server.start()
        yield server
        server.end(clean=clean)
    finally:
        server.release()
