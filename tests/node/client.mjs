// The official socket.io-client, driven by lines of JSON on standard input; what happens goes out the same way.
//
// In:  {"id": 1, "do": "connect", "url": "https://…", "options": {…}}
//      {"id": 2, "do": "ask", "event": "post_message", "data": {…}, "timeout": 5000}
//      {"id": 3, "do": "send", "event": "post_message", "data": {…}}
//      {"id": 4, "do": "set_auth", "auth": {…}}         what the next connect of the client will send
//      {"id": 5, "do": "drop"}                          close the transport without a word
//      {"id": 6, "do": "disconnect"} | {"id": 7, "do": "reconnect"}
// Out: {"id": 2, "answer": …} | {"id": 2, "error": "…"}
//      {"event": "message_posted", "data": …}, with names of its own for what the client does:
//      {"client": "connected" | "upgraded" | "disconnected" | "refused" | "reconnecting", …}

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

/** @type {import("socket.io-client").Socket | undefined} */
let socket;

/** @param {object} line */
function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** @returns {import("socket.io-client").Socket} */
function connected() {
  if (!socket) throw new Error("not connected");
  return socket;
}

/** @param {string} url @param {object} options */
function connect(url, options) {
  const made = io(url, { forceNew: true, ...options });
  socket = made;
  made.onAny((event, data) => say({ event, data: data ?? null }));
  made.on("connect", () => {
    const { engine } = made.io;
    say({ client: "connected", sid: made.id, transport: engine.transport.name, recovered: made.recovered });
    engine.once("upgrade", (/** @type {{name: string}} */ transport) => say({ client: "upgraded", transport: transport.name }));
  });
  made.on("connect_error", (error) => {
    // `data` is what the server added to the refusal; absent where the transport failed.
    say({ client: "refused", message: error.message, data: /** @type {any} */ (error).data ?? null });
  });
  made.on("disconnect", (reason) => say({ client: "disconnected", reason }));
  made.io.on("reconnect_attempt", (attempt) => say({ client: "reconnecting", attempt }));
}

/** @type {Record<string, (command: any) => unknown>} */
const COMMANDS = {
  connect: ({ url, options }) => connect(url, options ?? {}),
  ask: ({ event, data, timeout }) => connected().timeout(timeout).emitWithAck(event, data),
  send: ({ event, data }) => void connected().emit(event, data),
  set_auth: ({ auth }) => void (connected().auth = auth),
  drop: () => void connected().io.engine.close(),
  disconnect: () => void connected().disconnect(),
  reconnect: () => void connected().connect(),
};

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const command = JSON.parse(line);
  try {
    say({ id: command.id, answer: (await COMMANDS[command.do](command)) ?? null });
  } catch (error) {
    say({ id: command.id, error: String(error) });
  }
});
lines.on("close", () => {
  socket?.disconnect();
  process.exit(0);
});
