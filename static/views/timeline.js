/**
 * The messages of the open room: loads more where the reader gets near an end, keeps the place, shows the unread line,
 * offers the way back to the newest.
 */

import { titleOf } from "../state/names.js";
import { rowsOf } from "../state/rows.js";
import { withoutOldestIn } from "../state/timelines.js";
import { attribute, h } from "./dom.js";
import { JumpButton } from "./jump-button.js";
import { MessageActions } from "./message-actions.js";
import { ReadingPlaces } from "./reading-places.js";
import { roving } from "./roving.js";
import { RowsView } from "./rows.js";
import { Scroller } from "./scroller.js";
import { TimelineEnds } from "./timeline-ends.js";

/** @import {RoomForMe, State} from "../state/types.js" */
/** @import {Store} from "../state/store.js" */
/** @import {Actions} from "../actions.js" */
/** @import {History} from "../network/history.js" */
/** @import {ReadSignal} from "../network/signals.js" */

/** Nearer to an end of the window than this, in pixels, more is loaded. */
const LOAD_WITHIN = 1_200;

/** Where the unread line is put when a room is opened, as a part of the height. */
const UNREAD_AT = 0.2;

export class TimelineView {
  #store;
  #history;
  #read;
  #rows;
  #bar;
  #scroller;
  #ends;
  #box;
  #jump = new JumpButton(() => this.toNewest());
  /** @type {string | null} */
  #room_id = null;
  /** @type {string | null} */
  #unreadAfter = null;
  #placed = false;
  /** @type {string | null} */
  #target = null;
  #places;

  /**
   * @param {{store: Store, actions: Actions, history: History, read: ReadSignal}} parts
   */
  constructor({ store, actions, history, read }) {
    this.#store = store;
    this.#history = history;
    this.#read = read;
    this.#rows = new RowsView(actions);
    this.#bar = new MessageActions(actions);
    this.#ends = new TimelineEnds(actions, history);
    const content = h("div", { class: "timeline__content" }, this.#ends.top, this.#rows.node, this.#ends.bottom);
    this.#box = h("div", { class: "timeline__box" }, content);
    this.node = h("div", { class: "timeline" }, this.#box, this.#jump.node);
    this.#scroller = new Scroller(this.#box, this.#rows.node, (row) => this.#rows.viewOf(row)?.anchor ?? row);
    this.#places = new ReadingPlaces(this.#scroller, this.#rows);
    this.#scroller.addEventListener("move", () => this.#moved());
    this.#listen();
  }

  /** Whether the newest message is before the reader's eyes. */
  get reading() {
    return this.#isRead(this.#store.state);
  }

  /**
   * @param {string | null} room_id
   * @param {string | null} message_id  To begin at; null for the place that was left, or the newest.
   */
  show(room_id, message_id = null) {
    if (room_id === this.#room_id) return;
    if (this.#room_id !== null) this.#places.keep(this.#room_id);
    this.#room_id = room_id;
    this.#placed = false;
    this.#target = null;
    const membership = this.#store.state.rooms.get(room_id ?? "")?.membership;
    this.#unreadAfter = membership?.unread_count ? (membership.read_message_id ?? "") : null;
    this.#bar.leave();
    this.#rows.update(this.#store.state, []);
    if (message_id !== null) this.goTo(message_id);
    else if (room_id !== null) this.#history.open(room_id);
  }

  /** @param {State} state */
  render(state) {
    const room = state.rooms.get(this.#room_id ?? "");
    const timeline = state.timelines.get(this.#room_id ?? "");
    this.node.hidden = !room;
    if (!room) return;
    // After a new snapshot nothing is loaded.  Later: asking for it changes the state that is being drawn.
    if (!timeline && !state.requests.has(`open ${room.id}`)) setTimeout(() => this.#history.open(room.id));
    this.#markUnread(state, room);
    this.#scroller.change(() => {
      const atNewest = (timeline?.after ?? null) === null;
      const pending = atNewest ? state.pending.filter((entry) => entry.room_id === room.id) : [];
      const unreadAfter = this.#unreadAfter === "" && timeline?.before !== null ? null : this.#unreadAfter;
      const messages = timeline?.messages ?? [];
      this.#rows.update(state, rowsOf({ messages, pending, me: state.me?.id, unreadAfter }));
      this.#ends.render(state, room, timeline);
    });
    if (timeline && !this.#placed) this.#place();
    if (this.#target !== null) this.#goToTarget();
    this.#rows.node.dispatchEvent(new Event("rows"));
    attribute(this.#rows.node, "aria-label", `Messages in ${titleOf(state, room)}`);
    this.#moved();
  }

  /** @param {string} message_id */
  async goTo(message_id) {
    this.#target = message_id;
    if (this.#goToTarget() || this.#room_id === null) return;
    this.#placed = true;
    await this.#history.around(this.#room_id, message_id);
  }

  /** To the newest message, which has to be loaded when the window has moved away from it. */
  async toNewest() {
    const timeline = this.#store.state.timelines.get(this.#room_id ?? "");
    if (this.#room_id !== null && timeline?.after !== null) {
      await this.#history.latest(this.#room_id);
      this.render(this.#store.state);
      this.#scroller.toEnd();
    } else {
      this.#scroller.toEnd(true);
    }
  }

  /** What I wrote is where I look: at the end, and nothing is unread any more. */
  written() {
    this.#unreadAfter = null;
    const timeline = this.#store.state.timelines.get(this.#room_id ?? "");
    if (timeline?.after === null) this.#scroller.toEnd();
    else this.toNewest();
  }

  /** The message that had the focus last, or the newest. */
  get stop() {
    return /** @type {HTMLElement | null} */ (this.#rows.node.querySelector(".message[tabindex='0']"));
  }

  #listen() {
    roving(this.#rows.node, ".message");
    this.#bar.follow(this.#rows, () => this.#store.state);
    document.addEventListener("visibilitychange", () => this.#moved());
  }

  /**
   * While nobody looks, what comes is unread: the line is put before the first of it.
   *
   * @param {State} state
   * @param {RoomForMe} room
   */
  #markUnread(state, room) {
    const unread = room.membership?.unread_count ?? 0;
    if (this.#placed && unread > 0 && this.#unreadAfter === null && !this.#isRead(state)) {
      this.#unreadAfter = room.membership?.read_message_id ?? "";
    }
  }

  /** @param {State} state */
  #isRead(state) {
    const newest = state.timelines.get(this.#room_id ?? "")?.after === null;
    return newest && this.#scroller.atEnd && this.#scroller.visible && !document.hidden;
  }

  /** The first time the messages are there: where I left them, at the unread line, or at the end. */
  #place() {
    if (!this.#scroller.visible) return;
    this.#placed = true;
    this.#scroller.toEnd();
    if (this.#places.returnTo(this.#room_id ?? "")) return;
    const line = this.#rows.node.querySelector(".unread-line");
    if (line && line.getBoundingClientRect().top < this.#box.getBoundingClientRect().top) {
      this.#scroller.toRow(line, UNREAD_AT);
    }
  }

  #goToTarget() {
    const row = this.#target && this.#rows.nodeOf(this.#target);
    if (!row) return false;
    this.#target = null;
    this.#scroller.toRow(row, UNREAD_AT);
    row.focus({ preventScroll: true });
    row.classList.add("message--found");
    row.addEventListener("animationend", () => row.classList.remove("message--found"), { once: true });
    return true;
  }

  /** After a scroll and after a drawing: loads what is needed next, tells what was read, shows the way back. */
  #moved() {
    const state = this.#store.state;
    const room_id = this.#room_id ?? "";
    const timeline = state.timelines.get(room_id);
    const membership = state.rooms.get(room_id)?.membership;
    if (!timeline || !this.#scroller.visible) {
      this.#jump.hide();
      return;
    }
    if (this.#scroller.above < LOAD_WITHIN && !state.requests.has(`older ${room_id}`)) this.#history.older(room_id);
    if (this.#scroller.below < LOAD_WITHIN && !state.requests.has(`newer ${room_id}`)) this.#history.newer(room_id);
    const newest = timeline.messages.at(-1);
    const read = this.#isRead(state);
    if (read && newest) this.#read.seen(room_id, newest.id);
    if (read) this.#store.update((now) => withoutOldestIn(now, room_id));
    const near = timeline.after === null && this.#scroller.below < this.#box.clientHeight / 2;
    if (near) this.#jump.hide();
    else this.#jump.show(read ? 0 : (membership?.unread_count ?? 0));
  }
}
