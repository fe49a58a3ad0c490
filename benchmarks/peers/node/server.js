/** A chat on Express and Socket.IO, as somebody who writes these for a living would: `node server.js PORT DATABASE`. */

import { createServer } from "node:http";
import express from "express";
import { Server } from "socket.io";
import { Store } from "./store.js";

const BODY_CHARS = 8_000;
const [port, path] = process.argv.slice(2);
const store = new Store(path);

class Refused extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/** The message, committed, and told to everybody in the room once `acknowledge` has run. */
function post(userId, given, acknowledge) {
  if (!store.isMember(given.room_id, userId)) throw new Refused(404, "not_found");
  const change = store.post(userId, given);
  acknowledge(change?.data ?? store.earlier(userId, given.client_id));
  if (change) io.to(given.room_id).emit(change.type, change);
}

function checked(given) {
  const { room_id, body, client_id, reply_to } = given ?? {};
  const valid =
    typeof room_id === "string" &&
    typeof body === "string" &&
    body.length > 0 &&
    body.length <= BODY_CHARS &&
    [client_id, reply_to].every((each) => each === undefined || each === null || typeof each === "string");
  if (!valid) throw new Refused(422, "invalid_fields");
  return given;
}

function authenticated(request, _response, next) {
  const userId = store.authenticate((request.headers.authorization ?? "").slice("Bearer ".length));
  if (userId === undefined) throw new Refused(401, "unauthenticated");
  request.userId = userId;
  next();
}

const app = express();
app.disable("x-powered-by");
app.set("etag", false);
app.get("/healthz", (_request, response) => void response.json({ status: "ok" }));
app.use(express.json());
app.post("/api/v1/users", (request, response) => {
  response.status(201).json(store.register(request.body.username));
});
app.use("/api/v1", authenticated);
app.post("/api/v1/rooms", (request, response) => {
  response.status(201).json(store.createRoom(request.userId, request.body.name));
});
app.put("/api/v1/rooms/:room/members/me", (request, response) => {
  store.join(request.params.room, request.userId);
  response.status(200).json({});
});
app.get("/api/v1/changes", (_request, response) => {
  response.json({ changes: [], cursor: store.head(), more: false });
});
app.post("/api/v1/rooms/:room/messages", (request, response) => {
  const given = checked({ ...request.body, room_id: request.params.room });
  post(request.userId, given, (message) => response.status(201).json(message));
});
app.get("/api/v1/rooms/:room/messages", (request, response) => {
  if (!store.isMember(request.params.room, request.userId)) throw new Refused(404, "not_found");
  response.json(store.history(request.params.room, Number(request.query.limit ?? 50)));
});
app.use((error, _request, response, _next) => {
  response.status(error.status ?? 500).json({ code: error.code ?? "internal" });
});

const server = createServer(app);
const io = new Server(server, { serveClient: false });
io.use((socket, next) => {
  const userId = store.authenticate(String(socket.handshake.auth.token));
  if (userId === undefined) return next(new Error("unauthenticated"));
  socket.data.userId = userId;
  next();
});
io.on("connection", (socket) => {
  const { userId } = socket.data;
  const { cursor } = socket.handshake.auth;
  socket.on("post_message", (given, acknowledge) => {
    try {
      post(userId, checked(given), (data) => acknowledge({ ok: true, data }));
    } catch (error) {
      acknowledge({ ok: false, error: { code: error.code ?? "internal" } });
    }
  });
  socket.join(store.roomsOf(userId));
  if (cursor) for (const change of store.changesSince(userId, cursor)) socket.emit(change.type, change);
  socket.emit("ready", { cursor: store.head(), resumed: Boolean(cursor) });
});
server.listen({ port: Number(port), host: "127.0.0.1", backlog: 2048 });
