/**
 * The shape of the page's own state.  What crosses the wire is declared by the server (`hubbub contract`), in
 * `docs/contract/hubbub.d.ts`; those shapes go by their names here too.  Types only: nothing here runs.
 */

/**
 * @typedef {import("hubbub").Change} Change
 * @typedef {import("hubbub").History} History
 * @typedef {import("hubbub").Invite} Invite
 * @typedef {import("hubbub").Member} Member
 * @typedef {import("hubbub").Membership} Membership
 * @typedef {import("hubbub").Message} Message
 * @typedef {import("hubbub").Reaction} Reaction
 * @typedef {import("hubbub").Ready} Ready
 * @typedef {import("hubbub").Room} Room
 * @typedef {import("hubbub").RoomForMe} RoomForMe
 * @typedef {import("hubbub").ServerInfo} ServerInfo
 * @typedef {import("hubbub").Session} Session
 * @typedef {import("hubbub").Sessions} Sessions
 * @typedef {import("hubbub").User} User
 * @typedef {import("hubbub").ReadyLimits} Limits
 * @typedef {import("hubbub").CreateRoom["visibility"]} Visibility
 *
 * @typedef {{code: string, detail: string}} Failure
 *
 * @typedef {object} Pending  A message of mine that the log has not shown yet.
 * @property {string} client_id
 * @property {string} room_id
 * @property {string} body
 * @property {string | null} reply_to
 * @property {string} written_at
 * @property {"queued" | "sending" | "sent" | "failed"} status
 * @property {Failure | null} failure
 *
 * @typedef {object} Timeline  A window on the messages of a room, oldest first.
 * @property {Message[]} messages
 * @property {string | null} before  Cursor of older messages; null at the beginning of the room.
 * @property {string | null} after  Cursor of newer messages; null when the window ends with the newest.
 *
 * @typedef {"connecting" | "connected" | "reconnecting" | "offline"} ConnectionStatus
 * @typedef {{status: ConnectionStatus, since: number}} Connection  `since` is in milliseconds of the epoch.
 *
 * @typedef {object} State
 * @property {User | null} me
 * @property {string | null} cursor  Where in the log this state stands.
 * @property {boolean} loaded  The first snapshot is in.
 * @property {Map<string, User>} users
 * @property {Map<string, RoomForMe>} rooms  Those I am a member of.
 * @property {Map<string, number>} counted  Per room: messages until this time are in the snapshot's unread count.
 * @property {Set<string>} missing  Rooms that became mine and have to be fetched.
 * @property {Map<string, Map<string, Member>>} members  Of the rooms whose list was loaded, by user.
 * @property {Map<string, Timeline>} timelines
 * @property {Map<string, Message | null>} quotes  Messages that replies point at; null when they cannot be had.
 * @property {Set<string>} online
 * @property {Map<string, Map<string, number>>} typing  Per room and user: until when, in milliseconds of the epoch.
 * @property {Pending[]} pending
 * @property {Map<string, "loading" | Failure>} requests  What is being loaded or could not be, by a name.
 * @property {Limits} limits
 * @property {Connection} connection
 */

export {};
