/** The tables of ../schema.sql by better-sqlite3: each statement prepared once, a transaction for each write. */

import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";

const SCHEMA = new URL("../schema.sql", import.meta.url);

export class Store {
  #statements;

  /** @param {string} path of the database, which is made anew */
  constructor(path) {
    const db = new Database(path);
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.pragma("foreign_keys = ON");
    db.exec(readFileSync(SCHEMA, "utf8"));
    this.#statements = prepare(db);
    this.register = db.transaction(this.#register.bind(this));
    this.createRoom = db.transaction(this.#createRoom.bind(this));
    this.post = db.transaction(this.#post.bind(this));
  }

  #register(username) {
    const user = { id: randomUUID(), username };
    const token = randomBytes(32).toString("base64url");
    this.#statements.insertUser.run(user.id, username);
    this.#statements.insertSession.run(hash(token), user.id);
    return { user, token };
  }

  #createRoom(userId, name) {
    const room = { id: randomUUID(), name };
    this.#statements.insertRoom.run(room.id, name);
    this.#statements.insertMember.run(room.id, userId);
    return room;
  }

  join(roomId, userId) {
    this.#statements.insertMember.run(roomId, userId);
  }

  /** Whose token it is; undefined when it is nobody's. */
  authenticate(token) {
    return this.#statements.selectUser.get(hash(token))?.user_id;
  }

  isMember(roomId, userId) {
    return this.#statements.selectMember.get(roomId, userId) !== undefined;
  }

  roomsOf(userId) {
    return this.#statements.selectRooms.all(userId).map((row) => row.room_id);
  }

  /** Write a message and its change; the change, or null when its client_id is known. */
  #post(authorId, { room_id, body, client_id = null, reply_to = null }) {
    const at = new Date().toISOString();
    const id = randomUUID();
    const written = this.#statements.insertMessage.run(id, room_id, authorId, body, client_id, reply_to, at);
    if (written.changes === 0) return null;
    const row = { id, room_id, author_id: authorId, body, client_id, reply_to, created_at: at };
    const data = message({ ...row, edited_at: null, deleted_at: null });
    const text = JSON.stringify(data);
    const { lastInsertRowid } = this.#statements.insertChange.run("message_posted", room_id, authorId, at, text);
    return { cursor: String(lastInsertRowid), type: "message_posted", room_id, actor_id: authorId, at, data };
  }

  earlier(authorId, clientId) {
    return message(this.#statements.selectEarlier.get(authorId, clientId));
  }

  /** The newest messages of a room, oldest first, and the cursor of the page before. */
  history(roomId, limit) {
    const rows = this.#statements.selectHistory.all(roomId, limit + 1);
    const older = rows.length > limit;
    const messages = rows.slice(0, limit).reverse().map(message);
    return { messages, before: older ? messages[0].id : null, after: null };
  }

  head() {
    return String(this.#statements.selectHead.get().head);
  }

  /** What happened in somebody's rooms after a cursor. */
  changesSince(userId, cursor) {
    return this.#statements.selectChanges.all(userId, Number(cursor)).map(({ id, data, ...rest }) => ({
      cursor: String(id),
      ...rest,
      data: JSON.parse(data),
    }));
  }
}

function prepare(db) {
  const columns = "id, room_id, author_id, body, client_id, reply_to, created_at, edited_at, deleted_at";
  return {
    insertUser: db.prepare("INSERT INTO users VALUES (?, ?)"),
    insertSession: db.prepare("INSERT INTO sessions VALUES (?, ?)"),
    insertRoom: db.prepare("INSERT INTO rooms VALUES (?, ?)"),
    insertMember: db.prepare("INSERT INTO members VALUES (?, ?) ON CONFLICT DO NOTHING"),
    insertMessage: db.prepare(
      "INSERT INTO messages (id, room_id, author_id, body, client_id, reply_to, created_at)" +
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    ),
    insertChange: db.prepare("INSERT INTO changes (type, room_id, actor_id, at, data) VALUES (?, ?, ?, ?, ?)"),
    selectUser: db.prepare("SELECT user_id FROM sessions WHERE token_hash = ?"),
    selectMember: db.prepare("SELECT 1 FROM members WHERE room_id = ? AND user_id = ?"),
    selectRooms: db.prepare("SELECT room_id FROM members WHERE user_id = ?"),
    selectEarlier: db.prepare(`SELECT ${columns} FROM messages WHERE author_id = ? AND client_id = ?`),
    selectHistory: db.prepare(`SELECT ${columns} FROM messages WHERE room_id = ? ORDER BY seq DESC LIMIT ?`),
    selectHead: db.prepare("SELECT coalesce(max(id), 0) AS head FROM changes"),
    selectChanges: db.prepare(
      "SELECT changes.* FROM changes JOIN members USING (room_id) WHERE user_id = ? AND changes.id > ? ORDER BY changes.id",
    ),
  };
}

function hash(token) {
  return createHash("sha256").update(token).digest("hex");
}

function message(row) {
  const { id, room_id, author_id, body, client_id, reply_to, created_at, edited_at, deleted_at } = row;
  const lists = { attachments: [], reactions: [] };
  return { id, room_id, author_id, body, client_id, reply_to, ...lists, created_at, edited_at, deleted_at };
}
