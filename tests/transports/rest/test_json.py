"""What is JSON and what is not, as far as a request's body goes."""

from __future__ import annotations

import orjson
import pytest

from hubbub.transports.rest.json import StrictJSON
from tests.support.api import Api, Reply

LEVELS = 5_000


async def send(api: Api, body: bytes) -> Reply:
    ada = await api.person("ada")
    return await ada.call("POST", "/rooms", data=body, headers={"content-type": "application/json"})


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half an object"),
        pytest.param(b"{} {}", id="two objects"),
        pytest.param(b"{'name': 'Den'}", id="single quotes"),
        pytest.param(b'{"name": "Den",}', id="a trailing comma"),
        pytest.param(b'{"name": NaN}', id="NaN"),
        pytest.param(b'{"name": -Infinity}', id="-Infinity"),
        pytest.param(b'{"name": 01}', id="a leading zero"),
        pytest.param(b'{"name": "\\ud800"}', id="a lone surrogate"),
        pytest.param(b'{"name": "\\udc00\\ud800"}', id="surrogates in the wrong order"),
        pytest.param(b'{"name": "a\nb"}', id="a bare line break"),
        pytest.param(b'{"name": "\xff"}', id="no UTF-8"),
        pytest.param(b'{"name": "\xed\xa0\x80"}', id="a surrogate in UTF-8"),
        pytest.param(b'{"name": "\xc0\xaf"}', id="an overlong sequence"),
        pytest.param(b'\xef\xbb\xbf{"name": "Den"}', id="a byte order mark"),
        pytest.param('{"name": "Den"}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b"[" * LEVELS + b"]" * LEVELS, id="5,000 lists"),
        pytest.param(b'{"a":' * LEVELS + b"1" + b"}" * LEVELS, id="5,000 objects"),
    ],
)
async def test_what_is_not_json_is_a_400_that_says_where(api: Api, body: bytes) -> None:
    reply = await send(api, body)
    assert (reply.status, reply.code) == (400, "invalid_request")
    assert reply.json["detail"].startswith("The body must be valid JSON in UTF-8. It is not: ")


@pytest.mark.parametrize("body", [b"null", b"[]", b'"text"', b"5", b"true"])
async def test_json_that_is_no_object_is_a_422(api: Api, body: bytes) -> None:
    assert (await send(api, body)).wrong == {"": "must be an object"}


async def test_any_text_of_json_is_taken_as_it_is(api: Api) -> None:
    body = b' {"name": "\\u00e9\\ud83d\\ude00 \xf0\x9f\x98\x80", "visibility": "public"}\n'
    reply = await send(api, body)
    assert (reply.status, reply.json["name"]) == (201, "é😀 😀")


async def test_plain_dictionaries_are_written_by_the_same_rules(api: Api) -> None:
    provider = StrictJSON(api.app)
    assert provider.loads(provider.dumps({"é": [1, None, True]})) == {"é": [1, None, True]}
    with pytest.raises(ValueError, match="unexpected character"):
        provider.loads(b"NaN")
    with pytest.raises(orjson.JSONEncodeError):
        provider.dumps({"a": object()})


async def test_a_response_says_that_it_is_json(api: Api) -> None:
    async with api.app.test_request_context("/"):
        response = StrictJSON(api.app).response(status="ok")
    assert response.content_type == "application/json"
    assert await response.get_data(as_text=False) == b'{"status":"ok"}'
