"""Write the contract anew into `docs/contract`, unless that would break those who rely on the one that is there.

`make contract` runs this; `--breaking` says that it is meant.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from hubbub.contract_files import FILE_NAMES, Format, contract_text
from tests.contract.breaks.asyncapi import asyncapi_breaks
from tests.contract.breaks.found import Break, Document
from tests.contract.breaks.openapi import openapi_breaks
from tests.support.machine import ROOT

PUBLISHED = ROOT / "docs" / "contract"
COMPARED: Mapping[Format, Callable[[Document, Document], list[Break]]] = {
    Format.OPENAPI: openapi_breaks,
    Format.ASYNCAPI: asyncapi_breaks,
}


def breaks_of(format: Format, published: str, made: str) -> list[str]:
    """A sentence for each thing that would break; the declarations follow from the two other documents."""
    compare = COMPARED.get(format)
    return [] if compare is None else [str(each) for each in compare(json.loads(published), json.loads(made))]


def publish(folder: Path, *, breaking: bool) -> list[str]:
    """Write what has changed, or nothing at all where something breaks and that is not meant; the breaks."""
    made = {folder / FILE_NAMES[format]: (format, contract_text(format)) for format in Format}
    found = [
        sentence
        for file, (format, text) in made.items()
        if file.exists()
        for sentence in breaks_of(format, file.read_text(), text)
    ]
    if breaking or not found:
        folder.mkdir(parents=True, exist_ok=True)
        for file, (_, text) in made.items():
            file.write_text(text)
    return found


def main(arguments: list[str]) -> int:
    """The status of the command."""
    breaking = "--breaking" in arguments
    found = publish(PUBLISHED, breaking=breaking)
    print("\n".join(found) or "Nothing breaks.")
    if found and not breaking:
        print("Nothing was written. If this is meant: make contract ARGS=--breaking, and say so in CHANGELOG.md.")
    return 1 if found and not breaking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
