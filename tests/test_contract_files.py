"""The documents of the contract as files: the same as those that the server serves."""

from __future__ import annotations

import json

import pytest

from hubbub.contract_files import FILE_NAMES, Format, contract_text
from tests.support.machine import ROOT
from tests.support.rest import rest_client
from tests.support.server import ServerProcess


@pytest.mark.parametrize("format", [Format.OPENAPI, Format.ASYNCAPI])
async def test_a_document_is_the_one_that_the_server_serves(shared_server: ServerProcess, format: Format) -> None:
    async with rest_client(shared_server) as client:
        served = (await client.get(f"/{FILE_NAMES[format]}")).json()
    assert json.loads(contract_text(format)) == served


@pytest.mark.parametrize("format", Format)
def test_a_document_is_always_the_same_and_ends_with_its_line(format: Format) -> None:
    text = contract_text(format)
    assert text == contract_text(format)
    assert text.endswith("}\n")


def test_the_page_is_checked_against_the_published_declarations() -> None:
    file = ROOT / "docs" / "contract" / FILE_NAMES[Format.TYPESCRIPT]
    assert json.loads((ROOT / "jsconfig.json").read_text())["compilerOptions"]["paths"] == {
        "hubbub": [f"./{file.relative_to(ROOT)}"]
    }
