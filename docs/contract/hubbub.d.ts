// Hubbub 0.1.0: what crosses the wire. Made by `hubbub contract --format typescript`, from the server's models.

/** The session ends then, and the connection with it, unless `refresh_auth` brings another or a later end. */
export interface AuthExpiring {
  expires_at: string;
}

/** The first command of a native WebSocket that brought no cookie; later it is `refresh_auth`, without a cursor. */
export interface AuthenticateCommand {
  /** At most 256 characters. */
  token: string;
  /** 1 to 64 characters. */
  cursor?: string | null;
}

/** Until when the session of the connection lasts. */
export interface Authenticated {
  expires_at: string;
}

/** One row of the log; `data` is the object after the change, `room_id` is null where no room is concerned. */
export type Change =
  | MessagePosted
  | MessageEdited
  | MessageDeleted
  | ReactionAdded
  | ReactionRemoved
  | RoomCreated
  | RoomChanged
  | RoomDeleted
  | MemberJoined
  | MemberLeft
  | MemberChanged
  | ReadMarked
  | UserChanged;

export interface ChangeMe {
  /** 1 to 64 characters. */
  display_name?: string | null;
}

export interface ChangeRoom {
  /** 1 to 80 characters. */
  name?: string | null;
  /** At most 250 characters. */
  topic?: string | null;
  visibility?: "public" | "private" | null;
}

/** `cursor` is where to go on; `more` says that there is more at once. */
export interface Changes {
  changes: Change[];
  cursor: string;
  more: boolean;
}

/** The `auth` of a Socket.IO connect; both are optional when the session cookie is there. */
export interface ConnectAuth {
  /** At most 256 characters. */
  token?: string | null;
  /** 1 to 64 characters. */
  cursor?: string | null;
}

export interface CreateInvite {
  /** 1 to 1000. */
  max_uses?: number;
}

export interface CreateRoom {
  /** 1 to 80 characters. */
  name: string;
  /** At most 250 characters. */
  topic?: string;
  visibility: "public" | "private";
}

export interface EditMessage {
  /** 1 to 8000 characters. */
  body: string;
}

export interface EditMessageCommand {
  /** 1 to 64 characters. */
  message_id: string;
  /** 1 to 8000 characters. */
  body: string;
}

/** A code is the same on every transport; over HTTP it is also a status. */
export type ErrorCode = "invalid_request" | "unauthenticated" | "forbidden" | "not_found" | "method_not_allowed" | "conflict" | "gone" | "too_large" | "unsupported_media_type" | "invalid_fields" | "rate_limited" | "server_busy" | "internal";

/** Messages, newest first; `before` is the cursor to look further back with, null where all has been looked at. A page may hold fewer than were asked for, or none, and still have more behind it. */
export interface Found {
  messages: Message[];
  before: string | null;
}

export interface GetChangesCommand {
  /** 1 to 64 characters. */
  since: string;
  /** 1 to 1000. */
  limit?: number;
}

/** Messages, oldest first; `before` and `after` are cursors to go on with, null where there is nothing more. */
export interface History {
  messages: Message[];
  before: string | null;
  after: string | null;
}

/** `code` is what `POST /users` takes as `invite`: whoever holds it can make an account, `max_uses` in all. */
export interface Invite {
  id: string;
  code: string;
  max_uses: number;
  created_at: string;
  expires_at: string;
}

export interface MarkRead {
  /** 1 to 64 characters. */
  message_id: string;
}

export interface MarkReadCommand {
  /** 1 to 64 characters. */
  room_id: string;
  /** 1 to 64 characters. */
  message_id: string;
}

export interface Member {
  room_id: string;
  user_id: string;
  role: "owner" | "member";
  joined_at: string;
  read_message_id: string | null;
}

/** Somebody has another role in a room. */
export interface MemberChanged {
  cursor: string;
  type: "member_changed";
  room_id: string | null;
  actor_id: string | null;
  at: string;
  data: Member;
}

/** Somebody came into a room. */
export interface MemberJoined {
  cursor: string;
  type: "member_joined";
  room_id: string | null;
  actor_id: string | null;
  at: string;
  data: Member;
}

/** Somebody left a room, or was removed. */
export interface MemberLeft {
  cursor: string;
  type: "member_left";
  room_id: string | null;
  actor_id: string | null;
  at: string;
  data: Member;
}

export interface Members {
  members: Member[];
  after: string | null;
}

/** The asking user's own place in a room. */
export interface Membership {
  role: "owner" | "member";
  joined_at: string;
  read_message_id: string | null;
  unread_count: number;
}

/** A deleted message keeps its place: `deleted_at` is set, `body` is empty, `reactions` and `attachments` too. */
export interface Message {
  id: string;
  room_id: string;
  author_id: string;
  body: string;
  client_id: string | null;
  reply_to: string | null;
  attachments: string[];
  reactions: Reaction[];
  created_at: string;
  edited_at: string | null;
  deleted_at: string | null;
}

export interface MessageCommand {
  /** 1 to 64 characters. */
  message_id: string;
}

/** A message was deleted; this is its tombstone. */
export interface MessageDeleted {
  cursor: string;
  type: "message_deleted";
  room_id: string | null;
  actor_id: string | null;
  at: string;
  data: Message;
}

/** A message says something else now. */
export interface MessageEdited {
  cursor: string;
  type: "message_edited";
  room_id: string | null;
  actor_id: string | null;
  at: string;
  data: Message;
}

/** Somebody posted a message. */
export interface MessagePosted {
  cursor: string;
  type: "message_posted";
  room_id: string | null;
  actor_id: string | null;
  at: string;
  data: Message;
}

export interface OpenDirectRoom {
  /** 1 to 8 items. */
  user_ids: string[];
}

export interface PostMessage {
  /** 1 to 8000 characters. */
  body: string;
  /** 1 to 128 characters. */
  client_id?: string | null;
  /** 1 to 64 characters. */
  reply_to?: string | null;
  /** At most 10 items. */
  attachments?: string[];
}

export interface PostMessageCommand {
  /** 1 to 64 characters. */
  room_id: string;
  /** 1 to 8000 characters. */
  body: string;
  /** 1 to 128 characters. */
  client_id: string;
  /** 1 to 64 characters. */
  reply_to?: string | null;
  /** At most 10 items. */
  attachments?: string[];
}

export interface PresenceChanged {
  user_id: string;
  status: "online" | "offline";
}

/** RFC 9457, with our `code`; `retry_after` is in seconds. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  errors: ProblemField[];
  request_id: string;
  retry_after?: number;
}

export interface ProblemField {
  path: string;
  message: string;
}

/** The message after a reaction came or went, and which one it was. */
export interface ReactedMessage {
  id: string;
  room_id: string;
  author_id: string;
  body: string;
  client_id: string | null;
  reply_to: string | null;
  attachments: string[];
  reactions: Reaction[];
  created_at: string;
  edited_at: string | null;
  deleted_at: string | null;
  emoji: string;
}

export interface Reaction {
  emoji: string;
  user_ids: string[];
}

/** Somebody reacted to a message. */
export interface ReactionAdded {
  cursor: string;
  type: "reaction_added";
  room_id: string | null;
  actor_id: string | null;
  at: string;
  data: ReactedMessage;
}

export interface ReactionCommand {
  /** 1 to 64 characters. */
  message_id: string;
  /** 1 to 32 characters. */
  emoji: string;
}

/** Somebody took a reaction back. */
export interface ReactionRemoved {
  cursor: string;
  type: "reaction_removed";
  room_id: string | null;
  actor_id: string | null;
  at: string;
  data: ReactedMessage;
}

/** How far somebody has read; `unread_count` is how many messages of the room came after it. */
export interface ReadMark {
  room_id: string;
  user_id: string;
  message_id: string;
  unread_count: number;
}

/** Somebody has read further. */
export interface ReadMarked {
  cursor: string;
  type: "read_marked";
  room_id: string | null;
  actor_id: string | null;
  at: string;
  data: ReadMark;
}

/** `online` is who is here now, oneself included; `cursor` is where the log stands after what was just sent. */
export interface Ready {
  user: User;
  cursor: string;
  resumed: boolean;
  limits: ReadyLimits;
  online: string[];
}

/** What the connection may do; characters are Unicode code points. */
export interface ReadyLimits {
  body_chars: number;
  commands_in_flight: number;
  frame_bytes: number;
}

/** Go on under the session of this token, which is of the same person. */
export interface RefreshAuthCommand {
  /** At most 256 characters. */
  token: string;
}

export interface RegisterUser {
  /** Letters and digits of any script, `_`, `.` and `-`; begins with none of the last two. 2 to 32 characters. */
  username: string;
  /** 8 to 256 characters. */
  password: string;
  /** 1 to 64 characters. */
  display_name?: string | null;
  /** At most 256 characters. */
  invite?: string | null;
}

/** Changes were left out: fetch those between your own cursor and this one, then go on from here. */
export interface Resync {
  reason: "overflow" | "cursor_gone";
  cursor: string;
}

/** What every member sees alike; `direct` marks a room of direct messages, whose name is empty. */
export interface Room {
  id: string;
  name: string;
  topic: string;
  visibility: "public" | "private";
  direct: boolean;
  member_count: number;
  created_at: string;
  deleted_at: string | null;
}

/** A room has another name, topic or visibility. */
export interface RoomChanged {
  cursor: string;
  type: "room_changed";
  room_id: string | null;
  actor_id: string | null;
  at: string;
  data: Room;
}

export interface RoomCommand {
  /** 1 to 64 characters. */
  room_id: string;
}

/** There is a new room. */
export interface RoomCreated {
  cursor: string;
  type: "room_created";
  room_id: string | null;
  actor_id: string | null;
  at: string;
  data: Room;
}

/** A room is gone, and its messages with it. */
export interface RoomDeleted {
  cursor: string;
  type: "room_deleted";
  room_id: string | null;
  actor_id: string | null;
  at: string;
  data: Room;
}

/** A room and the asking user's place in it; `membership` is null for a public room they have not joined. */
export interface RoomForMe {
  id: string;
  name: string;
  topic: string;
  visibility: "public" | "private";
  direct: boolean;
  member_count: number;
  created_at: string;
  deleted_at: string | null;
  membership: Membership | null;
  last_message_at: string | null;
  user_ids: string[];
}

export interface Rooms {
  rooms: RoomForMe[];
  after: string | null;
}

/** What the page asks before anybody has signed in; `first_account`: the next account will own the server. */
export interface ServerInfo {
  registration: "invite" | "open" | "closed";
  first_account: boolean;
}

export interface ServerRestarting {
  retry_after_ms: number;
}

/** A device that is signed in; `current` marks the one that asks. */
export interface Session {
  id: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  user_agent: string;
  current: boolean;
}

export interface Sessions {
  sessions: Session[];
}

export interface SetTypingCommand {
  /** 1 to 64 characters. */
  room_id: string;
  typing: boolean;
}

export interface SignIn {
  /** At most 32 characters. */
  username: string;
  /** At most 256 characters. */
  password: string;
}

export interface SignedIn {
  user: User;
  token: string;
  expires_at: string;
}

/** Why a command was not done, or a connection not let in. `errors` and `retry_after`, in seconds, are there only where there is something to say. */
export interface SocketError {
  code: ErrorCode;
  detail: string;
  errors?: ProblemField[];
  retry_after?: number;
}

/** One event: `id` is its cursor, `event` its name, `data` the JSON of a `Change`, or of what the name says. */
export interface StreamEvent {
  id: string;
  event: string;
  data: string;
}

export interface TypingChanged {
  room_id: string;
  user_id: string;
  typing: boolean;
}

export interface User {
  id: string;
  username: string;
  display_name: string;
  role: "owner" | "member";
  created_at: string;
}

/** An account is new, or shows another name. */
export interface UserChanged {
  cursor: string;
  type: "user_changed";
  room_id: string | null;
  actor_id: string | null;
  at: string;
  data: User;
}

/** `after` is the cursor of the next page, and null on the last. */
export interface Users {
  users: User[];
  after: string | null;
}

/** The commands of Socket.IO; the native WebSocket has `authenticate` too. */
export interface Commands {
  /** Post a message. Again under the same `client_id` it gives the message that is there. */
  post_message: { data: PostMessageCommand; answer: Message };
  /** Change what a message of your own says. */
  edit_message: { data: EditMessageCommand; answer: Message };
  /** Delete a message; its tombstone stays. */
  delete_message: { data: MessageCommand; answer: Message };
  /** React to a message. */
  add_reaction: { data: ReactionCommand; answer: Message };
  /** Take your reaction back. */
  remove_reaction: { data: ReactionCommand; answer: Message };
  /** Make a room; you own it. */
  create_room: { data: CreateRoom; answer: RoomForMe };
  /** Join a public room, and hear it from now on. */
  join_room: { data: RoomCommand; answer: Member };
  /** Leave a room. */
  leave_room: { data: RoomCommand; answer: null };
  /** Say how far you have read. */
  mark_read: { data: MarkReadCommand; answer: ReadMark };
  /** Say that you are typing; again every three seconds, since after six it ends by itself. */
  set_typing: { data: SetTypingCommand; answer: null };
  /** Read the log from a cursor, a page at a time. */
  get_changes: { data: GetChangesCommand; answer: Changes };
  /** Go on under another session of yours, or a later end of it. */
  refresh_auth: { data: RefreshAuthCommand; answer: Authenticated };
}

/** What the server says, and what it says with it. */
export interface Events {
  /** Somebody posted a message. */
  message_posted: MessagePosted;
  /** A message says something else now. */
  message_edited: MessageEdited;
  /** A message was deleted; this is its tombstone. */
  message_deleted: MessageDeleted;
  /** Somebody reacted to a message. */
  reaction_added: ReactionAdded;
  /** Somebody took a reaction back. */
  reaction_removed: ReactionRemoved;
  /** There is a new room. */
  room_created: RoomCreated;
  /** A room has another name, topic or visibility. */
  room_changed: RoomChanged;
  /** A room is gone, and its messages with it. */
  room_deleted: RoomDeleted;
  /** Somebody came into a room. */
  member_joined: MemberJoined;
  /** Somebody left a room, or was removed. */
  member_left: MemberLeft;
  /** Somebody has another role in a room. */
  member_changed: MemberChanged;
  /** Somebody has read further. */
  read_marked: ReadMarked;
  /** An account is new, or shows another name. */
  user_changed: UserChanged;
  /** You are connected, and have heard all that you missed. */
  ready: Ready;
  /** Somebody came or went. */
  presence_changed: PresenceChanged;
  /** Somebody else began to type, or stopped. */
  typing_changed: TypingChanged;
  /** Changes were left out: fetch them with `get_changes`, or load everything anew. */
  resync: Resync;
  /** Your session is about to end, and the connection with it. */
  auth_expiring: AuthExpiring;
  /** The connection is about to close: come back after this time. */
  server_restarting: ServerRestarting;
}

/** No fields at all. */
export type Nothing = { [name: string]: never };

/** The acknowledgement of a command. */
export type Answered<Data> = { ok: true; data: Data } | { ok: false; error: SocketError };

/** For `Socket<ServerEvents, ClientEvents>` of socket.io-client. */
export type ServerEvents = { [Name in keyof Events]: (payload: Events[Name]) => void };
export type ClientEvents = {
  [Name in keyof Commands]: (
    data: Commands[Name]["data"],
    acknowledge: (answer: Answered<Commands[Name]["answer"]>) => void,
  ) => void;
};

/** What a client sends over the native WebSocket, and what it hears; `reply_to` is null for what had no usable id. */
export type WebSocketCommands = Commands & { authenticate: { data: AuthenticateCommand; answer: Authenticated } };
export type CommandFrame = {
  [Name in keyof WebSocketCommands]: { id: number; type: Name; data: WebSocketCommands[Name]["data"] };
}[keyof WebSocketCommands];
export type EventFrame = { [Name in keyof Events]: { type: Name; data: Events[Name] } }[keyof Events];
export type AnswerFrame = { reply_to: number | null } & Answered<WebSocketCommands[keyof WebSocketCommands]["answer"]>;

/** The operations of REST by their names in `/openapi.json`; errors are a `Problem`. */
export interface Operations {
  /** What came after the cursor `since`, as far as you may see it, oldest first. */
  get_changes: {
    method: "GET";
    path: "/api/v1/changes";
    parameters: Nothing;
    query: {
      /** 1 to 64 characters. */
      since?: string;
      /** 0 to 60. */
      wait?: number;
      /** 1 to 1000. */
      limit?: number;
    };
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: Changes;
  };
  /** Every change that you may see, as it comes, as Server-Sent Events. */
  stream_events: {
    method: "GET";
    path: "/api/v1/events";
    parameters: Nothing;
    query: {
      /** 1 to 64 characters. */
      since?: string;
    };
    headers: {
      /** 1 to 64 characters. */
      "Last-Event-ID"?: string;
    };
    body: undefined;
    status: 200;
    answer: StreamEvent;
  };
  /** Make an invite code; only the owner of the server can. */
  create_invite: {
    method: "POST";
    path: "/api/v1/invites";
    parameters: Nothing;
    query: Nothing;
    headers: {
      /** 1 to 128 characters. */
      "Idempotency-Key"?: string;
    };
    body: CreateInvite;
    status: 201;
    answer: Invite;
  };
  /** One message. */
  get_message: {
    method: "GET";
    path: "/api/v1/messages/{message_id}";
    parameters: {
      /** 1 to 64 characters. */
      message_id: string;
    };
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: Message;
  };
  /** Change the text of your message. */
  edit_message: {
    method: "PATCH";
    path: "/api/v1/messages/{message_id}";
    parameters: {
      /** 1 to 64 characters. */
      message_id: string;
    };
    query: Nothing;
    headers: Nothing;
    body: EditMessage;
    status: 200;
    answer: Message;
  };
  /** Delete a message; a tombstone keeps its place. */
  delete_message: {
    method: "DELETE";
    path: "/api/v1/messages/{message_id}";
    parameters: {
      /** 1 to 64 characters. */
      message_id: string;
    };
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 204;
    answer: null;
  };
  /** React to a message. */
  add_reaction: {
    method: "PUT";
    path: "/api/v1/messages/{message_id}/reactions/{emoji}";
    parameters: {
      /** 1 to 64 characters. */
      message_id: string;
      /** 1 to 32 characters. */
      emoji: string;
    };
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: Message;
  };
  /** Take your reaction back. */
  remove_reaction: {
    method: "DELETE";
    path: "/api/v1/messages/{message_id}/reactions/{emoji}";
    parameters: {
      /** 1 to 64 characters. */
      message_id: string;
      /** 1 to 32 characters. */
      emoji: string;
    };
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 204;
    answer: null;
  };
  /** Your rooms, with what is unread in them, and the public rooms you could join. */
  list_rooms: {
    method: "GET";
    path: "/api/v1/rooms";
    parameters: Nothing;
    query: {
      /** 1 to 64 characters. */
      after?: string;
      /** 1 to 200. */
      limit?: number;
    };
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: Rooms;
  };
  /** Make a room; you own it and are its first member. */
  create_room: {
    method: "POST";
    path: "/api/v1/rooms";
    parameters: Nothing;
    query: Nothing;
    headers: {
      /** 1 to 128 characters. */
      "Idempotency-Key"?: string;
    };
    body: CreateRoom;
    status: 201;
    answer: RoomForMe;
  };
  /** The room of you and these people for direct messages, made when it is first asked for. */
  open_direct_room: {
    method: "POST";
    path: "/api/v1/rooms/direct";
    parameters: Nothing;
    query: Nothing;
    headers: {
      /** 1 to 128 characters. */
      "Idempotency-Key"?: string;
    };
    body: OpenDirectRoom;
    status: 201;
    answer: RoomForMe;
  };
  /** One room. */
  get_room: {
    method: "GET";
    path: "/api/v1/rooms/{room_id}";
    parameters: {
      /** 1 to 64 characters. */
      room_id: string;
    };
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: RoomForMe;
  };
  /** Change name, topic or visibility; what is not given stays. */
  change_room: {
    method: "PATCH";
    path: "/api/v1/rooms/{room_id}";
    parameters: {
      /** 1 to 64 characters. */
      room_id: string;
    };
    query: Nothing;
    headers: Nothing;
    body: ChangeRoom;
    status: 200;
    answer: RoomForMe;
  };
  /** Take the room and its messages away from everybody. */
  delete_room: {
    method: "DELETE";
    path: "/api/v1/rooms/{room_id}";
    parameters: {
      /** 1 to 64 characters. */
      room_id: string;
    };
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 204;
    answer: null;
  };
  /** Who is in the room. */
  list_members: {
    method: "GET";
    path: "/api/v1/rooms/{room_id}/members";
    parameters: {
      /** 1 to 64 characters. */
      room_id: string;
    };
    query: {
      /** 1 to 64 characters. */
      after?: string;
      /** 1 to 200. */
      limit?: number;
    };
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: Members;
  };
  /** Join (`me`), or bring somebody in. */
  add_member: {
    method: "PUT";
    path: "/api/v1/rooms/{room_id}/members/{user_id}";
    parameters: {
      /** 1 to 64 characters. */
      room_id: string;
      /** 1 to 64 characters. */
      user_id: string;
    };
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: Member;
  };
  /** Leave (`me`), or remove somebody. */
  remove_member: {
    method: "DELETE";
    path: "/api/v1/rooms/{room_id}/members/{user_id}";
    parameters: {
      /** 1 to 64 characters. */
      room_id: string;
      /** 1 to 64 characters. */
      user_id: string;
    };
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 204;
    answer: null;
  };
  /** Post a message; the answer comes when it is on disk. */
  post_message: {
    method: "POST";
    path: "/api/v1/rooms/{room_id}/messages";
    parameters: {
      /** 1 to 64 characters. */
      room_id: string;
    };
    query: Nothing;
    headers: {
      /** 1 to 128 characters. */
      "Idempotency-Key"?: string;
    };
    body: PostMessage;
    status: 201;
    answer: Message;
  };
  /** A page of the room's history, oldest first. */
  list_messages: {
    method: "GET";
    path: "/api/v1/rooms/{room_id}/messages";
    parameters: {
      /** 1 to 64 characters. */
      room_id: string;
    };
    query: {
      /** 1 to 64 characters. */
      before?: string;
      /** 1 to 64 characters. */
      after?: string;
      /** 1 to 64 characters. */
      around?: string;
      /** 1 to 200. */
      limit?: number;
    };
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: History;
  };
  /** Say up to which message you have read; the mark only moves forward. */
  mark_read: {
    method: "PUT";
    path: "/api/v1/rooms/{room_id}/read";
    parameters: {
      /** 1 to 64 characters. */
      room_id: string;
    };
    query: Nothing;
    headers: Nothing;
    body: MarkRead;
    status: 200;
    answer: ReadMark;
  };
  /** Messages with all these words, newest first, in the rooms that you may read. */
  search: {
    method: "GET";
    path: "/api/v1/search";
    parameters: Nothing;
    query: {
      /** 1 to 100 characters. */
      q?: string;
      /** 1 to 64 characters. */
      room_id?: string;
      /** 1 to 64 characters. */
      author_id?: string;
      /** 1 to 64 characters. */
      before?: string;
      /** 1 to 100. */
      limit?: number;
    };
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: Found;
  };
  /** What this server is to somebody without an account. */
  get_server: {
    method: "GET";
    path: "/api/v1/server";
    parameters: Nothing;
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: ServerInfo;
  };
  /** Sign in: a token for programs, and a cookie for browsers. */
  sign_in: {
    method: "POST";
    path: "/api/v1/sessions";
    parameters: Nothing;
    query: Nothing;
    headers: {
      /** 1 to 128 characters. */
      "Idempotency-Key"?: string;
    };
    body: SignIn;
    status: 201;
    answer: SignedIn;
  };
  /** The devices on which you are signed in. */
  list_sessions: {
    method: "GET";
    path: "/api/v1/sessions";
    parameters: Nothing;
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: Sessions;
  };
  /** Sign out here; what is connected by this session closes. */
  sign_out: {
    method: "DELETE";
    path: "/api/v1/sessions/current";
    parameters: Nothing;
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 204;
    answer: null;
  };
  /** Sign another device out. */
  end_session: {
    method: "DELETE";
    path: "/api/v1/sessions/{session_id}";
    parameters: {
      /** 1 to 64 characters. */
      session_id: string;
    };
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 204;
    answer: null;
  };
  /** Make an account and sign it in. */
  register_user: {
    method: "POST";
    path: "/api/v1/users";
    parameters: Nothing;
    query: Nothing;
    headers: {
      /** 1 to 128 characters. */
      "Idempotency-Key"?: string;
    };
    body: RegisterUser;
    status: 201;
    answer: SignedIn;
  };
  /** Everybody on this server. */
  list_users: {
    method: "GET";
    path: "/api/v1/users";
    parameters: Nothing;
    query: {
      /** 1 to 64 characters. */
      after?: string;
      /** 1 to 200. */
      limit?: number;
    };
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: Users;
  };
  /** Your own account. */
  get_me: {
    method: "GET";
    path: "/api/v1/users/me";
    parameters: Nothing;
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: User;
  };
  /** Change how others see you; what is not given stays. */
  change_me: {
    method: "PATCH";
    path: "/api/v1/users/me";
    parameters: Nothing;
    query: Nothing;
    headers: Nothing;
    body: ChangeMe;
    status: 200;
    answer: User;
  };
  /** Somebody on this server. */
  get_user: {
    method: "GET";
    path: "/api/v1/users/{user_id}";
    parameters: {
      /** 1 to 64 characters. */
      user_id: string;
    };
    query: Nothing;
    headers: Nothing;
    body: undefined;
    status: 200;
    answer: User;
  };
}
