/**
 * The messages of the open room: loads more where the reader gets near an end, keeps the place, shows the unread line,
 * offers the way back to the newest.
 */

import { titleOf } from "../state/names.js";
import { rowsOf } from "../state/rows.js";
import { withoutOldest, withTimeline } from "../state/timelines.js";
import { button, emptyPlace, notice, skeleton } from "./controls.js";
import { attribute, h, Slot, text } from "./dom.js";
import { icon } from "./icons.js";
import { MessageActions } from "./message-actions.js";
import { roving } from "./roving.js";
import { RowsView } from "./rows.js";
import { Scroller } from "./scroller.js";

/** @import {RoomForMe, State, Timeline} from "../state/types.js" */
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
  #actions;
  #history;
  #read;
  #rows;
  #bar;
  #scroller;
  #top = new Slot(h("div", { class: "timeline__end" }));
  #bottom = new Slot(h("div", { class: "timeline__end" }));
  #box;
  #jumpCount = h("span", {});
  #jump;
  /** @type {string | null} */
  #room_id = null;
  /** @type {string | null} */
  #unreadAfter = null;
  #placed = false;
  /** @type {string | null} */
  #target = null;
  /** @type {Map<string, {message_id: string, offset: number}>} */
  #places = new Map();

  /**
   * @param {{store: Store, actions: Actions, history: History, read: ReadSignal}} parts
   */
  constructor({ store, actions, history, read }) {
    this.#store = store;
    this.#actions = actions;
    this.#history = history;
    this.#read = read;
    this.#rows = new RowsView(actions);
    this.#bar = new MessageActions(actions);
    const content = h("div", { class: "timeline__content" }, this.#top.node, this.#rows.node, this.#bottom.node);
    this.#box = h("div", { class: "timeline__box" }, content);
    this.#jump = h("button", { type: "button", class: "jump", hidden: true, on: { click: () => this.toNewest() } }, this.#jumpCount, icon("down"));
    this.node = h("div", { class: "timeline" }, this.#box, this.#jump);
    this.#scroller = new Scroller(this.#box, this.#rows.node, (row) => this.#rows.viewOf(row)?.anchor ?? row);
    this.#scroller.addEventListener("move", () => this.#moved());
    this.#listen();
  }

  /** Whether the newest message is before the reader's eyes. */
  get reading() {
    return this.#isRead(this.#store.state);
  }

  /** @param {string | null} room_id */
  show(room_id) {
    if (room_id === this.#room_id) return;
    this.#keepPlace();
    this.#room_id = room_id;
    this.#placed = false;
    this.#target = null;
    const membership = this.#store.state.rooms.get(room_id ?? "")?.membership;
    this.#unreadAfter = membership?.unread_count ? (membership.read_message_id ?? "") : null;
    this.#bar.leave();
    this.#rows.update(this.#store.state, []);
    if (room_id !== null) this.#history.open(room_id);
  }

  /** @param {State} state */
  render(state) {
    const room = state.rooms.get(this.#room_id ?? "");
    const timeline = state.timelines.get(this.#room_id ?? "");
    this.node.hidden = !room;
    if (!room) return;
    this.#markUnread(state, room);
    this.#scroller.change(() => {
      const pending = state.pending.filter((entry) => entry.room_id === room.id && timeline?.after === null);
      const unreadAfter = this.#unreadAfter === "" && timeline?.before !== null ? null : this.#unreadAfter;
      const messages = timeline?.messages ?? [];
      this.#rows.update(state, rowsOf({ messages, pending, me: state.me?.id, unreadAfter }));
      this.#showTop(state, room, timeline);
      this.#showBottom(state, room, timeline);
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
    const log = this.#rows.node;
    roving(log, ".message");
    const goTo = (/** @type {Event} */ event) => {
      const view = event.target instanceof Element && this.#rows.viewOf(event.target);
      if (view) this.#bar.goTo(this.#store.state, view);
    };
    log.addEventListener("pointerover", goTo);
    log.addEventListener("focusin", goTo);
    log.addEventListener("pointerleave", () => {
      if (!log.contains(document.activeElement)) this.#bar.leave();
    });
    log.addEventListener("focusout", (event) => {
      if (!(event.relatedTarget instanceof Node && log.contains(event.relatedTarget))) this.#bar.leave();
    });
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
    const kept = this.#places.get(this.#room_id ?? "");
    const row = kept && this.#rows.nodeOf(kept.message_id);
    const line = this.#rows.node.querySelector(".unread-line");
    if (row) this.#scroller.returnTo(row, kept.offset);
    else if (line && line.getBoundingClientRect().top < this.#box.getBoundingClientRect().top) {
      this.#scroller.toRow(line, UNREAD_AT);
    }
  }

  #keepPlace() {
    if (this.#room_id === null) return;
    const place = this.#scroller.place();
    const message_id = this.#rows.viewOf(place?.row)?.row?.message.id;
    if (place && message_id) this.#places.set(this.#room_id, { message_id, offset: place.offset });
    else this.#places.delete(this.#room_id);
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
      this.#jump.hidden = true;
      return;
    }
    if (this.#scroller.above < LOAD_WITHIN && !state.requests.has(`older ${room_id}`)) this.#history.older(room_id);
    if (this.#scroller.below < LOAD_WITHIN && !state.requests.has(`newer ${room_id}`)) this.#history.newer(room_id);
    const newest = timeline.messages.at(-1);
    const read = this.#isRead(state);
    if (read && newest) this.#read.seen(room_id, newest.id);
    if (read) this.#store.update((now) => trimmed(now, room_id));
    this.#jump.hidden = timeline.after === null && this.#scroller.below < this.#box.clientHeight / 2;
    const unread = read ? 0 : (membership?.unread_count ?? 0);
    text(this.#jumpCount, unread > 0 ? `${unread} new` : "To the newest");
  }

  /**
   * @param {State} state
   * @param {RoomForMe} room
   * @param {Timeline | undefined} timeline
   */
  #showTop(state, room, timeline) {
    const failure = state.requests.get(timeline ? `older ${room.id}` : `open ${room.id}`);
    if (failure && failure !== "loading") {
      const again = () => (timeline ? this.#history.older(room.id) : this.#history.latest(room.id));
      this.#top.show(failure.detail, () => [notice(failure.detail, button("Try again", again, "link"))]);
    } else if (!timeline) {
      this.#top.show("opening", () => [skeleton("message", 7)]);
    } else if (timeline.before !== null) {
      this.#top.show("older", () => [skeleton("message", 3)]);
    } else {
      const title = titleOf(state, room);
      const empty = timeline.messages.length === 0 && !state.pending.some((entry) => entry.room_id === room.id);
      const what = `${empty ? "empty" : "beginning"} ${room.id} ${title} ${room.topic}`;
      this.#top.show(what, () => [empty ? this.#emptyRoom(title, room) : beginning(title)]);
    }
  }

  /**
   * @param {State} state
   * @param {RoomForMe} room
   * @param {Timeline | undefined} timeline
   */
  #showBottom(state, room, timeline) {
    const failure = state.requests.get(`newer ${room.id}`);
    if (failure && failure !== "loading") {
      const again = () => this.#history.newer(room.id);
      this.#bottom.show(failure.detail, () => [notice(failure.detail, button("Try again", again, "link"))]);
    } else {
      this.#bottom.show(timeline && timeline.after !== null ? "newer" : "", () => [skeleton("message", 3)]);
    }
  }

  /**
   * @param {string} title
   * @param {RoomForMe} room
   */
  #emptyRoom(title, room) {
    if (room.direct) return emptyPlace(beginsHere(title), "What you write stays between you.");
    const add = button("Add people", () => this.#actions.openDetails(room.id));
    return emptyPlace(beginsHere(title), "Write the first message below.", add);
  }
}

/** @param {string} title */
function beginning(title) {
  return h("p", { class: "timeline__beginning" }, beginsHere(title));
}

/** @param {string} title */
function beginsHere(title) {
  return `This is where ${title} begins.`;
}

/**
 * At the end of a long window its beginning may go.
 *
 * @param {State} state
 * @param {string} room_id
 */
function trimmed(state, room_id) {
  const timeline = state.timelines.get(room_id);
  const rest = timeline && withoutOldest(timeline);
  return rest && rest !== timeline ? withTimeline(state, room_id, rest) : state;
}
