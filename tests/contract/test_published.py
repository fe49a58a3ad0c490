"""The contract that we made is the one that we published, or one that breaks nobody and waits to be published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hubbub.contract_files import FILE_NAMES, Format, contract_text
from tests.contract.publish import PUBLISHED, breaks_of, main, publish


@pytest.mark.parametrize("format", Format)
def test_nobody_who_relies_on_what_was_published_is_broken(format: Format) -> None:
    published, made = (PUBLISHED / FILE_NAMES[format]).read_text(), contract_text(format)
    broken = "\n".join(breaks_of(format, published, made))
    assert not broken, f"this breaks the published contract:\n{broken}"
    assert published == made, "The contract says more than what is published, and breaks nobody: run `make contract`."


def narrowed(folder: Path) -> Path:
    """A folder with what was published, when bodies could be longer than now."""
    publish(folder, breaking=False)
    file = folder / FILE_NAMES[Format.OPENAPI]
    document = json.loads(file.read_text())
    document["components"]["schemas"]["PostMessage"]["properties"]["body"]["maxLength"] = 9_000
    file.write_text(json.dumps(document))
    return file


def test_what_breaks_is_not_published_by_mistake(tmp_path: Path) -> None:
    file = narrowed(tmp_path)
    before = file.read_text()
    sentence = "POST /api/v1/rooms/{room_id}/messages, body.body: takes at most 8000 characters now."
    assert publish(tmp_path, breaking=False) == [sentence]
    assert file.read_text() == before
    assert publish(tmp_path, breaking=True) == [sentence]
    assert file.read_text() == contract_text(Format.OPENAPI)
    assert publish(tmp_path, breaking=False) == []


def test_the_command_says_what_breaks_and_how_to_mean_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    narrowed(tmp_path)
    monkeypatch.setattr("tests.contract.publish.PUBLISHED", tmp_path)
    assert main([]) == 1
    assert "ARGS=--breaking" in capsys.readouterr().out
    assert main(["--breaking"]) == 0
    assert "body.body" in capsys.readouterr().out
    assert main([]) == 0
    assert capsys.readouterr().out == "Nothing breaks.\n"
