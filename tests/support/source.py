"""The source files of the product, as the tests of the house's own rules read them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from tests.support.machine import ROOT

SRC = ROOT / "src"


@dataclass(frozen=True)
class Module:
    """A source file under its dotted name; a package goes by its `__init__`'s."""

    name: str
    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    def docstring(self) -> str | None:
        return ast.get_docstring(ast.parse(self.text))

    def has_behaviour(self) -> bool:
        """Whether any function in it does something; constants, shapes and protocols do not."""
        functions = (
            n for n in ast.walk(ast.parse(self.text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
        )
        return any(not _is_constant(statement) for function in functions for statement in function.body)

    def imports(self) -> set[str]:
        """The dotted names it imports, at any depth and for types alike; `from a import b` gives `a` and `a.b`."""
        found: set[str] = set()
        for node in ast.walk(ast.parse(self.text)):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                origin = self._origin(node)
                found |= {origin} | {f"{origin}.{alias.name}" for alias in node.names}
        return found

    def _origin(self, node: ast.ImportFrom) -> str:
        if node.level == 0:
            return node.module or ""
        package = self.name.split(".") if self.is_package else self.name.split(".")[:-1]
        base = package[: len(package) - node.level + 1]
        return ".".join([*base, node.module] if node.module else base)


def modules(root: Path = SRC) -> list[Module]:
    """Every Python file under `root`, by name."""
    return [Module(_dotted(path.relative_to(root)), path) for path in sorted(root.rglob("*.py"))]


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_constant(statement: ast.stmt) -> bool:
    # A docstring, or the `...` of a protocol's method.
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
