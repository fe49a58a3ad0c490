/**
 * One person's time in the chat: puts state, network and views together, and takes them apart again.
 */

import { Actions } from "./actions.js";
import { api } from "./network/api.js";
import { Connection } from "./network/connection.js";
import { Directory } from "./network/directory.js";
import { Finder } from "./network/finder.js";
import { History } from "./network/history.js";
import { Outbox } from "./network/outbox.js";
import { ReadSignal, TypingSignal } from "./network/signals.js";
import { LiveSocket } from "./network/socket.js";
import { Sync } from "./network/sync.js";
import { emptyState, Store } from "./state/store.js";
import { ChatView } from "./views/chat.js";

/** @import {io as connect} from "socket.io-client" */
/** @import {Pending, User} from "./state/types.js" */

/**
 * @param {object} entry
 * @param {typeof connect} entry.io
 * @param {User} entry.me
 * @param {Element} entry.page  Where the chat is put.
 * @param {(said: string) => void} entry.left  When the session is over, and why.
 */
export function startChat({ io, me, page, left }) {
  const store = new Store({ ...emptyState(), me });
  const socket = new LiveSocket(io, () => store.state.cursor);
  const sync = new Sync(store, api, socket);
  const history = new History(store, api);
  const outbox = new Outbox(store, (entry) => post(socket, entry), localStorage, me.id);
  const actions = new Actions({ store, api, socket, outbox, history });
  const finder = new Finder(store, api);
  const read = new ReadSignal(socket, store);
  const typing = new TypingSignal(socket);
  new Connection(store, socket, sync);
  new Directory(store, api);

  /** @param {string} said */
  const leave = (said) => {
    sync.stop();
    outbox.stop();
    view.close();
    document.title = "Hubbub";
    left(said);
  };
  const signOut = async () => {
    await api.signOut();
    outbox.clear();
    leave("");
  };
  const view = new ChatView({ store, actions, history, finder, read, typing, signOut });
  page.replaceChildren(view.node);

  outbox.restore();
  sync.addEventListener("started", () => view.begin());
  sync.addEventListener("ready", () => outbox.flush());
  sync.addEventListener("ended", (event) => leave(/** @type {CustomEvent} */ (event).detail.detail));
  sync.start();
}

/**
 * @param {LiveSocket} socket
 * @param {Pending} entry
 */
function post(socket, { room_id, body, client_id, reply_to }) {
  return socket.command("post_message", { room_id, body, client_id, reply_to });
}
