"""`app` for Uvicorn; DATABASE in the environment is the path of a database to make."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import socketio
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import ValidationError

from benchmarks.peers.fastapi_chat.models import NewMessage, NewRoom, NewUser, PostMessage
from benchmarks.peers.fastapi_chat.store import Posted, Store

sio = socketio.AsyncServer(async_mode="asgi")
bearer = HTTPBearer()


@asynccontextmanager
async def lifespan(api: FastAPI) -> AsyncIterator[None]:
    api.state.store = await Store.open(os.environ["DATABASE"])
    yield
    await store().close()


api = FastAPI(lifespan=lifespan)


def store() -> Store:
    opened: Store = api.state.store
    return opened


async def current_user(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
    user_id = await store().authenticate(credentials.credentials)
    if user_id is None:
        raise HTTPException(401, "unauthenticated")
    return user_id


CurrentUser = Annotated[str, Depends(current_user)]


async def check_member(room_id: str, user_id: str) -> None:
    if not await store().is_member(room_id, user_id):
        raise HTTPException(404, "not_found")


async def announce(posted: Posted) -> None:
    """Tell everybody in the room of a message that is new."""
    if posted.change is not None:
        await sio.emit("message_posted", posted.change, room=posted.change["room_id"])


@api.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@api.post("/api/v1/users", status_code=201)
async def register(given: NewUser) -> dict[str, Any]:
    return await store().register(given.username)


@api.post("/api/v1/rooms", status_code=201)
async def create_room(given: NewRoom, user_id: CurrentUser) -> dict[str, Any]:
    return await store().create_room(user_id, given.name)


@api.put("/api/v1/rooms/{room_id}/members/me")
async def join_room(room_id: str, user_id: CurrentUser) -> dict[str, Any]:
    await store().join(room_id, user_id)
    return {}


@api.get("/api/v1/changes")
async def changes(user_id: CurrentUser) -> dict[str, Any]:
    return {"changes": [], "cursor": await store().head(), "more": False}


@api.post("/api/v1/rooms/{room_id}/messages")
async def post_message(
    room_id: str, given: NewMessage, user_id: CurrentUser, afterwards: BackgroundTasks
) -> JSONResponse:
    await check_member(room_id, user_id)
    posted = await store().post(user_id, room_id, given)
    afterwards.add_task(announce, posted)
    return JSONResponse(posted.message, 201)


@api.get("/api/v1/rooms/{room_id}/messages")
async def list_messages(room_id: str, user_id: CurrentUser, limit: int = 50) -> JSONResponse:
    await check_member(room_id, user_id)
    return JSONResponse(await store().history(room_id, limit))


async def connect(sid: str, environ: dict[str, Any], auth: dict[str, str]) -> None:
    user_id = await store().authenticate(auth["token"])
    if user_id is None:
        raise socketio.exceptions.ConnectionRefusedError("unauthenticated")
    await sio.save_session(sid, {"user_id": user_id})
    for room_id in await store().rooms_of(user_id):
        await sio.enter_room(sid, room_id)
    sio.start_background_task(catch_up, sid, user_id, auth.get("cursor"))


async def catch_up(sid: str, user_id: str, cursor: str | None) -> None:
    """What somebody missed, once they are let in."""
    for change in await store().changes_since(user_id, cursor) if cursor else []:
        await sio.emit(change["type"], change, to=sid)
    await sio.emit("ready", {"cursor": await store().head(), "resumed": cursor is not None}, to=sid)


async def post_by_socket(sid: str, given: object) -> dict[str, Any]:
    try:
        command = PostMessage.model_validate(given)
    except ValidationError:
        return {"ok": False, "error": {"code": "invalid_fields"}}
    session = await sio.get_session(sid)
    if not await store().is_member(command.room_id, session["user_id"]):
        return {"ok": False, "error": {"code": "not_found"}}
    posted = await store().post(session["user_id"], command.room_id, command)
    sio.start_background_task(announce, posted)
    return {"ok": True, "data": posted.message}


sio.on("connect", connect)
sio.on("post_message", post_by_socket)
app = socketio.ASGIApp(sio, api)
