"""Imports run one way: contract, domain, store, service, live, transports, application, `src/app.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.source import Module, modules

# Each may import itself and what stands before it.
LAYERS = ("contract", "domain", "store", "service", "live", "transports", "application")
# The modules beside `application.py` are of its layer: they are read by it, or start it.
APPLICATION_LEVEL = "application"
# A library of its own: it imports no layer, and only these import it.
COMPOSITE = "composite"
USES_COMPOSITE = frozenset({"transports", APPLICATION_LEVEL})
# For the tests of other people: nobody imports it, and of the product it knows `composite` alone,
TESTING = "testing"
# but for these modules of it, which know chat, and which the others do not know.
TESTING_CHAT = "testing.chat"
TESTING_CHAT_MODULES = frozenset({"chat", "chat_fixtures"})
# Each a view of the same changes; what two of them need stands beside them in `transports/`.
TRANSPORTS = frozenset({"rest", "socketio", "websocket", "sse", "longpoll", "syslog"})


def layer_of(name: str) -> str | None:
    """The layer of a dotted name; None for what is not of the product, and for the product's bare name."""
    match name.split("."):
        case ["hubbub", "testing", first, *_] if first in TESTING_CHAT_MODULES:
            return TESTING_CHAT
        case ["hubbub", first, *_] if first in LAYERS or first in {COMPOSITE, TESTING}:
            return first
        case ["hubbub", _, *_]:
            return APPLICATION_LEVEL
        case ["app", *_]:
            return "app"
    return None


def transport_of(name: str) -> str | None:
    """The transport that a dotted name belongs to, if it does."""
    match name.split("."):
        case ["hubbub", "transports", first, *_] if first in TRANSPORTS:
            return first
    return None


def offences(module: Module) -> list[str]:
    """The imports of a module that the arrow forbids."""
    layer = layer_of(module.name)
    if layer in (None, "app"):
        return []
    found = []
    for name in sorted(module.imports()):
        other = layer_of(name.removeprefix("src."))
        if other is None or other == layer:
            allowed = not _between_transports(module.name, name)
        elif TESTING in (layer, other) or TESTING_CHAT in (layer, other):
            allowed = _in_the_test_kit(layer, other)
        elif other == COMPOSITE:
            allowed = layer in USES_COMPOSITE
        elif layer == COMPOSITE or other == "app":
            allowed = False
        else:
            allowed = LAYERS.index(other) < LAYERS.index(str(layer))
        if not allowed:
            found.append(f"{module.name} imports {name}")
    return found


def _in_the_test_kit(layer: str | None, other: str) -> bool:
    if layer == TESTING:
        return other == COMPOSITE
    return layer == TESTING_CHAT and other != "app"


def _between_transports(name: str, imported: str) -> bool:
    # What they share imports none of them, either.
    target = transport_of(imported)
    return target is not None and layer_of(name) == "transports" and transport_of(name) != target


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_a_module_imports_only_what_stands_before_it(module: Module) -> None:
    assert offences(module) == []


@pytest.mark.parametrize(
    ("name", "line", "offence"),
    [
        ("hubbub.domain.rules", "from hubbub.store import rooms", True),
        ("hubbub.domain.rules", "import hubbub.contract.errors", False),
        ("hubbub.store.rooms", "from hubbub.settings import Settings", True),
        ("hubbub.store.rooms", "from ..service import messages", True),
        ("hubbub.store.rooms", "from . import messages", False),
        ("hubbub.service.rooms", "from hubbub.composite.limits import X", True),
        ("hubbub.transports.sse", "from hubbub.composite.limits import X", False),
        ("hubbub.transports.sse", "from hubbub.transports.rest.json import dump", True),
        ("hubbub.transports.sse", "from hubbub.transports import rest", True),
        ("hubbub.transports.sse", "from hubbub.transports.credentials import X", False),
        ("hubbub.transports.credentials", "from hubbub.transports.sse import X", True),
        ("hubbub.transports.rest.rooms", "from hubbub.transports.rest.json import dump", False),
        ("hubbub.composite.app", "from hubbub.contract.errors import HubbubError", True),
        ("hubbub.composite.app", "from hubbub.composite.types import Scope", False),
        ("hubbub.testing.faults", "from hubbub.composite.types import Scope", False),
        ("hubbub.testing.faults", "from hubbub.testing.clock import ManualClock", False),
        ("hubbub.testing.faults", "from hubbub.testing.chat import Chat", True),
        ("hubbub.testing.faults", "from hubbub.domain.clock import Clock", True),
        ("hubbub.testing.faults", "from hubbub.application import create_app", True),
        ("hubbub.testing.chat", "from hubbub.application import create_app", False),
        ("hubbub.testing.chat", "from hubbub.testing.client import AsgiClient", False),
        ("hubbub.testing.plugin", "from hubbub.testing.chat_fixtures import x", True),
        ("hubbub.testing.chat_fixtures", "from hubbub.testing.chat import Chat", False),
        ("hubbub.live.hub", "from hubbub.testing.clock import ManualClock", True),
        ("hubbub.composite.app", "from hubbub.testing.clock import ManualClock", True),
        ("hubbub.cli", "from hubbub.testing.chat import Chat", True),
        ("hubbub.cli", "from hubbub.application import create_app", False),
        ("hubbub.application", "from hubbub.settings import Settings", False),
        ("hubbub.application", "from src.app import app", True),
        ("hubbub.live.hub", "import asyncio", False),
    ],
)
def test_the_arrow_is_read_rightly(tmp_path: Path, name: str, line: str, offence: bool) -> None:
    path = tmp_path / "module.py"
    path.write_text(line + "\n")
    assert bool(offences(Module(name, path))) is offence


def test_the_entry_point_imports_the_application_and_nothing_else() -> None:
    entry = next(module for module in modules() if module.name == "app")
    assert {name for name in entry.imports() if layer_of(name)} <= {
        "hubbub.application",
        "hubbub.application.create_app",
    }
