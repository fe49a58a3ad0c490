/**
 * The quiet line under the composer: the connection when it is away, otherwise who is typing.
 */

import { listed, nameOf } from "../state/names.js";
import { typingIn } from "../state/presence.js";
import { clockOf } from "../state/times.js";
import { attribute, h, text } from "./dom.js";

/** @import {Connection, State} from "../state/types.js" */

export class StatusView {
  #connection = h("span", { class: "status__connection", role: "status" });
  #typing = h("span", { class: "status__typing", dir: "auto" });
  node = h("div", { class: "status" }, this.#connection, this.#typing);

  /**
   * @param {State} state
   * @param {string | null} room_id
   */
  render(state, room_id) {
    const waiting = state.pending.filter((entry) => entry.status === "queued" || entry.status === "sending").length;
    const away = awayText(state.connection, waiting);
    text(this.#connection, away);
    attribute(this.#connection, "data-status", state.connection.status);
    const names = typingIn(state, room_id ?? "", Date.now()).map((id) => nameOf(state, id));
    const said = names.length === 0 ? "" : `${listed(names)} ${names.length === 1 ? "is" : "are"} typing…`;
    text(this.#typing, away ? "" : said);
  }
}

/**
 * One or two words for the corner of the room list.
 *
 * @param {Connection} connection
 */
export function connectionText({ status, since }) {
  switch (status) {
    case "connected":
      return "Connected";
    case "offline":
      return `Offline since ${clockOf(since)}`;
    case "reconnecting":
      return "Reconnecting…";
    default:
      return "Connecting…";
  }
}

/**
 * @param {Connection} connection
 * @param {number} waiting
 */
function awayText(connection, waiting) {
  if (connection.status === "connected" || connection.status === "connecting") return "";
  const what = waiting === 0 ? "What you write" : waiting === 1 ? "Your message" : `Your ${waiting} messages`;
  const will = waiting > 1 ? "go out" : "goes out";
  return `${connectionText(connection)}. ${what} ${will} when the connection is back.`.replace("….", "…");
}
