/**
 * The rooms and the direct messages, with what is unread in each.
 */

import { byName, othersIn, titleOf } from "../state/names.js";
import { hashOf } from "../state/route.js";
import { Avatar, button, iconButton, markOf, roomIcon, skeleton } from "./controls.js";
import { attribute, h, Keyed, Slot, text } from "./dom.js";
import { icon } from "./icons.js";
import { connectionText } from "./status.js";

/** @import {RoomForMe, State} from "../state/types.js" */
/** @import {IconName} from "./icons.js" */

/** Unread messages are counted up to this; beyond it the number says nothing. */
const COUNT_UP_TO = 99;

/**
 * @typedef {object} Ways
 * @property {() => void} jump
 * @property {() => void} search
 * @property {() => void} browse
 * @property {() => void} create
 * @property {() => void} direct
 * @property {() => void} account
 */

export class SidebarView {
  #rooms = h("ul", { class: "room-list" });
  #directs = h("ul", { class: "room-list" });
  #roomList = new Keyed(this.#rooms, idOf, (room) => new RoomItem(room));
  #directList = new Keyed(this.#directs, idOf, (room) => new RoomItem(room));
  #emptyRooms = new Slot(h("div", {}));
  #emptyDirects = new Slot(h("div", {}));
  #avatar = new Avatar();
  #name = h("span", { class: "me__name", dir: "auto" });
  #connection = h("span", { class: "me__connection" });
  #ways;
  node;

  /** @param {Ways} ways */
  constructor(ways) {
    this.#ways = ways;
    const account = h("button", { type: "button", class: "me", on: { click: ways.account } });
    const label = h("span", { class: "visually-hidden" }, "You and your devices");
    account.append(this.#avatar.node, h("span", { class: "me__text" }, this.#name, this.#connection), label, icon("gear"));
    const apple = /Mac|iPhone|iPad/.test(navigator.userAgent);
    const jump = way("arrow", "Jump to…", apple ? "⌘K" : "Ctrl K", ways.jump);
    const search = way("search", "Search…", apple ? "⇧⌘F" : "Ctrl ⇧ F", ways.search);
    this.node = h(
      "nav",
      { class: "sidebar", "aria-label": "Rooms", tabindex: "-1" },
      h("header", { class: "sidebar__head" }, h("p", { class: "brand" }, "Hubbub"), jump, search),
      h(
        "div",
        { class: "sidebar__lists" },
        section("Rooms", [["compass", "Browse rooms", ways.browse], ["plus", "New room", ways.create]], this.#rooms, this.#emptyRooms.node),
        section("Direct messages", [["plus", "New direct message", ways.direct]], this.#directs, this.#emptyDirects.node),
      ),
      account,
    );
  }

  /**
   * @param {State} state
   * @param {string | null} open
   * @param {boolean} reading  Whether the newest message of the open room is in sight.
   */
  render(state, open, reading) {
    const items = [...state.rooms.values()].map((room) => itemOf(state, room, open, reading));
    const rooms = items.filter(({ room }) => !room.direct).sort((a, b) => byName(a.title, b.title));
    const directs = items.filter(({ room }) => room.direct).sort(byLatest);
    this.#roomList.update(rooms);
    this.#directList.update(this.#steady(directs));
    this.#showEmpty(state, rooms.length, directs.length);
    const name = state.me?.display_name ?? "";
    this.#avatar.update(name, state.connection.status === "connected");
    text(this.#name, name);
    text(this.#connection, connectionText(state.connection));
    attribute(this.#connection, "data-status", state.connection.status);
  }

  /** The rooms from top to bottom. */
  get order() {
    return [...this.node.querySelectorAll("li")].map((node) => node.dataset.id ?? "");
  }

  /** @param {string | null} room_id  The room that somebody comes back from. */
  focus(room_id) {
    const item = [...this.node.querySelectorAll("li")].find((node) => node.dataset.id === room_id);
    if (item) item.querySelector("a")?.focus();
  }

  /**
   * @param {State} state
   * @param {number} rooms
   * @param {number} directs
   */
  #showEmpty(state, rooms, directs) {
    const { create, browse, direct } = this.#ways;
    if (!state.loaded) this.#emptyRooms.show("loading", () => [skeleton("line", 5)]);
    else if (rooms > 0) this.#emptyRooms.show("");
    else {
      this.#emptyRooms.show("none", () => [
        h("p", { class: "sidebar__empty" }, "You are in no room yet."),
        button("Browse rooms", browse, "link"),
        button("Make one", create, "link"),
      ]);
    }
    this.#emptyDirects.show(!state.loaded || directs > 0 ? "" : "none", () => [
      button("Write to somebody", direct, "link"),
    ]);
  }

  /**
   * Under the pointer or with the focus in it the list keeps its order, so that nobody presses what they did not aim at.
   *
   * @param {RoomItemData[]} items
   */
  #steady(items) {
    if (!this.#directs.matches(":hover, :focus-within")) return items;
    const places = new Map([...this.#directs.children].map((node, place) => [/** @type {HTMLElement} */ (node).dataset.id, place]));
    const placeOf = (/** @type {RoomItemData} */ { room }) => places.get(room.id) ?? places.size;
    return items.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

/**
 * @param {IconName} name
 * @param {string} label
 * @param {string} key
 * @param {() => void} press
 */
function way(name, label, key, press) {
  return h("button", { type: "button", class: "jump-to", on: { click: press } }, icon(name), label, h("kbd", {}, key));
}

/** @typedef {{room: RoomForMe, title: string, current: boolean, unread: number, online: boolean | null}} RoomItemData */

class RoomItem {
  #title = h("span", { class: "room-item__title", dir: "auto" });
  #count = h("span", { class: "room-item__count" });
  #link = h("a", { class: "room-item" });
  #avatar = new Avatar();
  #mark = new Slot(h("span", { class: "room-item__mark" }));
  node = h("li", {}, this.#link);

  /** @param {RoomItemData} item */
  constructor({ room }) {
    this.node.dataset.id = room.id;
    this.#link.href = hashOf({ pane: "room", room_id: room.id });
    this.#link.append(this.#mark.node, this.#title, this.#count);
  }

  /** @param {RoomItemData} item */
  update({ room, title, current, unread, online }) {
    const mark = markOf(room);
    this.#mark.show(mark, () => [mark === "person" ? this.#avatar.node : roomIcon(room)]);
    if (mark === "person") this.#avatar.update(title, online);
    text(this.#title, title);
    attribute(this.#title, "title", title);
    text(this.#count, unread === 0 ? "" : unread > COUNT_UP_TO ? `${COUNT_UP_TO}+` : String(unread));
    attribute(this.#count, "aria-label", unread === 0 ? null : `, ${unread} unread`);
    attribute(this.#count, "role", unread === 0 ? null : "img");
    attribute(this.#link, "aria-current", current ? "page" : null);
    attribute(this.#link, "data-unread", unread > 0 ? "true" : null);
  }
}

/**
 * @param {State} state
 * @param {RoomForMe} room
 * @param {string | null} open
 * @param {boolean} reading
 * @returns {RoomItemData}
 */
function itemOf(state, room, open, reading) {
  const current = room.id === open;
  const others = othersIn(state, room);
  // What arrives before the reader's eyes is read; the badge does not blink for it.
  const unread = current && reading ? 0 : (room.membership?.unread_count ?? 0);
  const online = others.length === 1 ? state.online.has(others[0] ?? "") : null;
  return { room, title: titleOf(state, room), current, unread, online };
}

/**
 * @param {RoomItemData} a
 * @param {RoomItemData} b
 */
function byLatest({ room: a }, { room: b }) {
  return Date.parse(b.last_message_at ?? b.created_at) - Date.parse(a.last_message_at ?? a.created_at);
}

/** @param {RoomItemData} item */
function idOf({ room }) {
  return room.id;
}

/**
 * @param {string} title
 * @param {[IconName, string, () => void][]} ways
 * @param {HTMLElement} list
 * @param {Element} empty
 */
function section(title, ways, list, empty) {
  const id = `section-${title.toLowerCase().replace(" ", "-")}`;
  const buttons = ways.map(([name, label, press]) => iconButton(name, label, press));
  const head = h("header", { class: "section__head" }, h("h2", { class: "section__title", id }, title), ...buttons);
  attribute(list, "aria-labelledby", id);
  return h("section", { class: "section" }, head, list, empty);
}
