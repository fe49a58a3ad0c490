"""Make `docs/seeds.md` from the rows and from the tests that say which of them they prove.

A test says so by `@pytest.mark.seed("4.3")`, a file by `pytestmark`. An example says so in the first line of its
docstring, as in `(seeds 1.1 and 1.2)`, and is proven by the test that starts it. `make docs` runs this.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.seeds.rows import ROWS, SECTIONS
from tests.support.machine import ROOT

PAGE = ROOT / "docs" / "seeds.md"
_EXAMPLE_ROWS = re.compile(r"\(seeds? ([^)]+)\)")
_ROW = re.compile(r"\d\.\d+")

_HEAD = """# The patterns this project started from

Four documents describe what a composite server should do. Each row of theirs works here, in the product or as a file
under [examples](../examples/README.md), and names the tests that prove it. Where a document was wrong about its own
library, the truth stands beside it. `make docs` writes this page; a test compares.
"""

Proofs = Mapping[str, list[str]]  # {row: places, in order}


def proofs(tests: Path = ROOT / "tests") -> Proofs:
    """The tests that prove each row, as `file::test`; for an example, the file of its tests."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row, shown in examples(tests.parent / "examples").items():
        found[row] += [f"tests/examples/test_{Path(each).name}" for each in shown]
    for file in sorted(tests.rglob("test_*.py")):
        if "mark.seed" in (text := file.read_text()):
            place = file.relative_to(tests.parent).as_posix()
            for name, row in _marks(ast.parse(text)):
                found[row].append(f"{place}::{name}" if name else place)
    return found


def examples(folder: Path = ROOT / "examples") -> Proofs:
    """The examples that show each row."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for file in sorted(folder.rglob("*.py")):
        said = _EXAMPLE_ROWS.search(ast.get_docstring(ast.parse(file.read_text())) or "")
        for row in _ROW.findall(said[1]) if said else ():
            found[row].append(file.relative_to(folder.parent).as_posix())
    return found


def page() -> str:
    """The text of the page."""
    tests, shown = proofs(), examples()
    parts = [_HEAD]
    for section, title in SECTIONS.items():
        parts += [f"\n## {section}. {title}\n", "| row | asks for | shown by | proven by |", "|---|---|---|---|"]
        for number, row in ROWS.items():
            if number.partition(".")[0] == section:
                asks = f"{row.asks} ({row.truth})" if row.truth else row.asks
                example = "<br>".join(f"[`{Path(each).name}`](../{each})" for each in shown.get(number, ()))
                proof = "<br>".join(f"`{each}`" for each in tests.get(number, ()))
                parts.append(f"| {number} | {asks} | {example or 'the product'} | {proof} |")
    return "\n".join(parts) + "\n"


def _marks(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each mark as (test, or "" for the whole file, and row)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                yield from ((node.name, row) for row in _rows(decorator))
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
        ):
            for each in node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]:
                yield from (("", row) for row in _rows(each))


def _rows(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.seed":
        yield from (str(ast.literal_eval(argument)) for argument in node.args)


if __name__ == "__main__":
    PAGE.write_text(page())
