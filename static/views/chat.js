/**
 * The chat: three columns on a wide screen, one at a time on a narrow one.  Puts the views together and draws them.
 */

import { byName, titleOf } from "../state/names.js";
import { hashOf, routeOf } from "../state/route.js";
import { Announcer } from "./announcer.js";
import { ComposerView } from "./composer.js";
import { button } from "./controls.js";
import { DetailsView } from "./details.js";
import { attribute, h } from "./dom.js";
import { framed } from "./frame.js";
import { listenToKeys } from "./keys.js";
import { accountDialog } from "./dialogs/account.js";
import { browseDialog } from "./dialogs/browse.js";
import { createRoomDialog } from "./dialogs/room.js";
import { directDialog } from "./dialogs/people.js";
import { searchDialog } from "./dialogs/search.js";
import { switcherDialog } from "./dialogs/switcher.js";
import { PlaceView } from "./place.js";
import { RoomHeader } from "./room-header.js";
import { SidebarView } from "./sidebar.js";
import { StatusView } from "./status.js";
import { TimelineView } from "./timeline.js";

/** @import {Store} from "../state/store.js" */
/** @import {Actions} from "../actions.js" */
/** @import {Finder} from "../network/finder.js" */
/** @import {History} from "../network/history.js" */
/** @import {ReadSignal, TypingSignal} from "../network/signals.js" */

/** The room that was open last, to begin with. */
const LAST_ROOM = "hubbub.room";

/** How often “is typing” is looked at again, in milliseconds. */
const TYPING_LOOK = 2_000;

/**
 * @typedef {object} Parts
 * @property {Store} store
 * @property {Actions} actions
 * @property {History} history
 * @property {Finder} finder
 * @property {ReadSignal} read
 * @property {TypingSignal} typing
 * @property {() => Promise<void>} signOut
 */

export class ChatView {
  #store;
  #actions;
  #sidebar;
  #header;
  #timeline;
  #composer;
  #status = new StatusView();
  #details;
  #announcer;
  #place;
  #room;
  #search;
  /** @type {{message_id: string, room_id: string} | null} Where to begin when that room is opened. */
  #wanted = null;
  #ended = new AbortController();
  #route = routeOf(location.hash);
  #draw = framed(() => this.#render());
  node;

  /** @param {Parts} parts */
  constructor(parts) {
    const { store, actions, history } = parts;
    this.#store = store;
    this.#actions = actions;
    this.#search = () => searchDialog(parts, store.state.rooms.get(this.#route.room_id ?? "") ?? null);
    this.#timeline = new TimelineView(parts);
    this.#composer = new ComposerView(parts);
    this.#details = new DetailsView({ store, actions, history, close: () => this.#toggleDetails(false) });
    this.#header = new RoomHeader({ back: () => actions.showRooms(), search: this.#search, details: () => this.#toggleDetails() });
    this.#sidebar = new SidebarView({
      jump: () => switcherDialog(store, actions),
      search: this.#search,
      browse: () => browseDialog(actions),
      create: () => createRoomDialog(actions),
      direct: () => directDialog(store, actions),
      account: () => accountDialog(store, actions, parts.signOut),
    });
    this.#place = new PlaceView(store, actions);
    this.#announcer = new Announcer(store, () => this.#route.room_id);
    this.#room = h("section", { class: "room__open", "aria-label": "Room", tabindex: "-1" }, this.#header.node, this.#timeline.node, this.#composer.node, this.#status.node);
    const name = h("h1", { class: "visually-hidden" }, "Hubbub");
    this.node = h(
      "div",
      { class: "chat" },
      h("div", { class: "skip" }, button("Skip to the message field", () => this.#composer.focus())),
      this.#sidebar.node,
      h("main", { class: "room", "aria-label": "Messages" }, name, this.#place.node, this.#room),
      this.#details.node,
      this.#announcer.node,
    );
    this.#listen();
    this.#go();
  }

  /** After the first snapshot: where to begin, when the address does not say. */
  begin() {
    const { rooms } = this.#store.state;
    const wide = matchMedia("(min-width: 760px)").matches;
    this.#render();
    if (this.#route.pane === "room" && document.activeElement === document.body) this.#focusRoom();
    if (this.#route.room_id !== null || !wide || rooms.size === 0) return;
    const last = localStorage.getItem(LAST_ROOM) ?? "";
    const first = [...rooms.values()].sort((a, b) => byName(a.name, b.name))[0];
    const room_id = rooms.has(last) ? last : (first?.id ?? null);
    location.replace(hashOf({ pane: "room", room_id }));
  }

  close() {
    this.#ended.abort();
    this.node.remove();
  }

  #listen() {
    const { signal } = this.#ended;
    this.#store.addEventListener("change", this.#draw, { signal });
    window.addEventListener("hashchange", () => this.#go(), { signal });
    const typing = setInterval(() => this.#store.state.typing.size > 0 && this.#draw(), TYPING_LOOK);
    signal.addEventListener("abort", () => clearInterval(typing));
    this.#composer.addEventListener("written", () => this.#timeline.written());
    this.#on("reply", (message) => this.#composer.reply(message));
    this.#on("edit", (message) => this.#composer.edit(message));
    this.#on("goto", (place) => this.#goTo(place));
    const parts = [
      () => this.#sidebar.node,
      () => this.#timeline.stop,
      () => this.#composer.node.querySelector("textarea"),
      () => this.#details.node,
    ];
    const close = () => this.#route.pane === "details" && this.#toggleDetails(false);
    const jump = () => switcherDialog(this.#store, this.#actions);
    listenToKeys({ jump, search: this.#search, close, parts, room: (step) => this.#stepRoom(step) }, signal);
  }

  #go() {
    const before = this.#route;
    this.#route = routeOf(location.hash);
    const { room_id, pane } = this.#route;
    if (room_id !== null) localStorage.setItem(LAST_ROOM, room_id);
    this.#showRoom();
    this.#render();
    if (pane === "details") this.#details.node.focus();
    else if (before.pane === "details" && room_id === before.room_id) this.#header.focusDetails();
    else if (pane === "room" && room_id !== before.room_id) this.#focusRoom();
    else if (pane === "rooms") this.#sidebar.focus(before.room_id);
  }

  /** The text field where there is a keyboard; on a touch screen it would cover half of the messages. */
  #focusRoom() {
    if (matchMedia("(pointer: coarse)").matches) this.#room.focus({ preventScroll: true });
    else this.#composer.focus();
  }

  #showRoom() {
    const room = this.#store.state.rooms.get(this.#route.room_id ?? "") ?? null;
    const wanted = this.#wanted?.room_id === room?.id ? this.#wanted : null;
    this.#timeline.show(room && room.id, wanted && wanted.message_id);
    if (wanted) this.#wanted = null;
    this.#composer.show(room);
    return room;
  }

  #render() {
    if (this.#ended.signal.aborted) return;
    const { state } = this.#store;
    const { pane, room_id } = this.#route;
    const room = this.#showRoom();
    attribute(this.node, "data-pane", pane);
    this.#room.hidden = room === null;
    if (room) this.#header.render(state, room, pane === "details");
    this.#timeline.render(state);
    this.#composer.render(state);
    this.#status.render(state, room_id);
    this.#details.render(state, pane === "details" ? room : null);
    this.#sidebar.render(state, room_id, this.#timeline.reading);
    this.#place.render(state, room_id, room !== null);
    const unread = [...state.rooms.values()].reduce((sum, each) => sum + (each.membership?.unread_count ?? 0), 0);
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${room ? `${titleOf(state, room)} – ` : ""}Hubbub`;
  }

  /** @param {{message_id: string, room_id: string}} place */
  #goTo(place) {
    if (place.room_id === this.#route.room_id) {
      this.#timeline.goTo(place.message_id);
    } else {
      this.#wanted = place;
      this.#actions.openRoom(place.room_id);
    }
  }

  /** @param {boolean} [show] */
  #toggleDetails(show = this.#route.pane !== "details") {
    const { room_id } = this.#route;
    if (room_id !== null) location.hash = hashOf({ pane: show ? "details" : "room", room_id });
  }

  /** @param {1 | -1} step */
  #stepRoom(step) {
    const ids = this.#sidebar.order;
    const next = ids.at((ids.indexOf(this.#route.room_id ?? "") + step + ids.length) % ids.length);
    if (next) this.#actions.openRoom(next);
  }

  /**
   * @param {string} type
   * @param {(detail: any) => void} listener
   */
  #on(type, listener) {
    this.#actions.addEventListener(type, (event) => listener(/** @type {CustomEvent} */ (event).detail));
  }
}
