from __future__ import annotations

from pathlib import Path

from aioquic.h3.connection import ErrorCode, FrameType, Setting

from tests.support.deadline import eventually
from tests.support.http3 import http3_connection
from tests.support.quic_here import quic_here
from tests.support.tiny_asgi import hello

LIMIT = 16 * 1024


async def test_no_websocket_is_offered_and_no_dynamic_table(tmp_path: Path) -> None:
    async with quic_here(tmp_path, hello) as server, http3_connection(server) as client:
        await client.request("GET", "/")
        settings = client.frames.received_settings or {}
    assert Setting.ENABLE_CONNECT_PROTOCOL not in settings
    assert settings[Setting.QPACK_MAX_TABLE_CAPACITY] == settings[Setting.QPACK_BLOCKED_STREAMS] == 0
    assert settings[Setting.MAX_FIELD_SECTION_SIZE] == LIMIT


async def test_a_table_that_was_not_offered_ends_the_connection(tmp_path: Path) -> None:
    set_capacity = bytes([0b0011_1111, 0b1110_0001, 0b0001_1111])  # 4,096 (RFC 9204, 4.3.1)
    async with quic_here(tmp_path, hello) as server, http3_connection(server) as client:
        client.send_to_decoder(set_capacity)
        await eventually(lambda: client.closed_with == ErrorCode.QPACK_ENCODER_STREAM_ERROR, "the end")


async def test_headers_without_end_end_the_connection(tmp_path: Path) -> None:
    async with quic_here(tmp_path, hello) as server, http3_connection(server) as client:
        client.send_frame(client.new_stream(), FrameType.HEADERS, b"x" * (LIMIT + 1), length=10 * LIMIT)
        await eventually(lambda: client.closed_with == ErrorCode.H3_EXCESSIVE_LOAD, "the end")
        async with http3_connection(server) as other:
            assert (await other.request("GET", "/")).status == 200
