/**
 * The shapes that cross the wire (`docs/`, `/openapi.json`) and the shape of the page's own state.
 * Types only: nothing here runs.
 */

/**
 * @typedef {{id: string, username: string, display_name: string, role: "owner" | "member", created_at: string}} User
 *
 * @typedef {{emoji: string, user_ids: string[]}} Reaction
 *
 * @typedef {object} Message  A deleted one keeps its place: `deleted_at` is set and `body` is empty.
 * @property {string} id
 * @property {string} room_id
 * @property {string} author_id
 * @property {string} body
 * @property {string | null} client_id
 * @property {string | null} reply_to
 * @property {string[]} attachments
 * @property {Reaction[]} reactions
 * @property {string} created_at
 * @property {string | null} edited_at
 * @property {string | null} deleted_at
 *
 * @typedef {"public" | "private"} Visibility
 *
 * @typedef {object} Room  What every member sees alike.
 * @property {string} id
 * @property {string} name  Empty for direct messages.
 * @property {string} topic
 * @property {Visibility} visibility
 * @property {boolean} direct
 * @property {number} member_count
 * @property {string} created_at
 * @property {string | null} deleted_at
 *
 * @typedef {object} Membership  My own place in a room.
 * @property {"owner" | "member"} role
 * @property {string} joined_at
 * @property {string | null} read_message_id
 * @property {number} unread_count
 *
 * @typedef {Room & {membership: Membership | null, last_message_at: string | null, user_ids: string[]}} RoomForMe
 *
 * @typedef {object} Member
 * @property {string} room_id
 * @property {string} user_id
 * @property {"owner" | "member"} role
 * @property {string} joined_at
 * @property {string | null} read_message_id
 *
 * @typedef {object} Change  One row of the log; `data` is the object after the change.
 * @property {string} cursor
 * @property {string} type
 * @property {string | null} room_id
 * @property {string | null} actor_id
 * @property {string} at
 * @property {any} data
 *
 * @typedef {{messages: Message[], before: string | null, after: string | null}} History
 *
 * @typedef {object} Session  A device that is signed in.
 * @property {string} id
 * @property {string} created_at
 * @property {string} last_used_at
 * @property {string} expires_at
 * @property {string} user_agent
 * @property {boolean} current
 *
 * @typedef {{sessions: Session[]}} Sessions
 *
 * @typedef {{id: string, code: string, max_uses: number, created_at: string, expires_at: string}} Invite
 *
 * @typedef {{registration: "invite" | "open" | "closed", first_account: boolean}} ServerInfo
 *
 * @typedef {{body_chars: number, commands_in_flight: number, frame_bytes: number}} Limits
 *
 * @typedef {{user: User, cursor: string, resumed: boolean, limits: Limits, online: string[]}} Ready
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
