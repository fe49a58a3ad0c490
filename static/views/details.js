/**
 * The third column: what the room is about, who is in it, and what can be done with it.
 */

import { byName, nameOf, titleOf } from "../state/names.js";
import { Problem } from "../network/problem.js";
import { newId } from "../network/ids.js";
import { Avatar, button, iconButton, notice, skeleton } from "./controls.js";
import { arrange, attribute, h, Keyed, Slot, text } from "./dom.js";
import { addPeopleDialog } from "./dialogs/people.js";
import { changeRoomDialog } from "./dialogs/room.js";

/** @import {Member, RoomForMe, State} from "../state/types.js" */
/** @import {Store} from "../state/store.js" */
/** @import {Actions} from "../actions.js" */
/** @import {History} from "../network/history.js" */

/** @typedef {{member: Member, name: string, online: boolean, mine: boolean, removable: boolean, role: string}} MemberItemData */

export class DetailsView {
  #store;
  #actions;
  #history;
  #title = h("h2", { class: "details__title" }, "Details");
  #topic = h("p", { class: "details__topic", dir: "auto" });
  #count = h("h3", { class: "section__title" });
  #members = h("ul", { class: "member-list", "aria-label": "People in this room" });
  #list = new Keyed(this.#members, (/** @type {MemberItemData} */ { member }) => member.user_id, (item) => new MemberItem(item, this));
  #loading = new Slot(h("div", {}));
  #problem = new Slot(h("div", {}));
  #ways = new Slot(h("div", { class: "details__ways" }));
  /** @type {string | null} */
  #room_id = null;
  node;

  /**
   * @param {{store: Store, actions: Actions, history: History, close: () => void}} parts
   */
  constructor({ store, actions, history, close }) {
    this.#store = store;
    this.#actions = actions;
    this.#history = history;
    this.node = h(
      "aside",
      { class: "details", "aria-label": "Room details", tabindex: "-1" },
      h("header", { class: "details__head" }, iconButton("back", "Back to the messages", close, "details__back"), this.#title, iconButton("close", "Close the details", close, "details__close")),
      h("div", { class: "details__content" }, this.#topic, this.#ways.node, this.#problem.node, h("section", { class: "section" }, this.#count, this.#members, this.#loading.node)),
    );
  }

  /**
   * @param {State} state
   * @param {RoomForMe | null} room  Null while the details are closed.
   */
  render(state, room) {
    this.node.hidden = room === null;
    if (room === null) {
      this.#room_id = null;
      return;
    }
    if (room.id !== this.#room_id) this.#problem.show("");
    this.#room_id = room.id;
    this.#load(state, room);
    text(this.#topic, room.direct ? "" : room.topic || "No topic yet.");
    text(this.#count, `${room.member_count} ${room.member_count === 1 ? "person" : "people"}`);
    this.#showWays(state, room);
    this.#list.update(itemsOf(state, room));
  }

  /** @param {string} user_id */
  message(user_id) {
    this.#try(() => this.#actions.direct(user_id, newId()));
  }

  /** @param {string} user_id */
  remove(user_id) {
    const room_id = this.#room_id ?? "";
    this.#try(() => this.#actions.api.removeMember(room_id, user_id));
  }

  /**
   * @param {State} state
   * @param {RoomForMe} room
   */
  #load(state, room) {
    const request = state.requests.get(`members ${room.id}`);
    const loaded = state.members.has(room.id);
    if (!loaded && !request) setTimeout(() => this.#history.members(room.id));
    if (loaded) this.#loading.show("");
    else if (request && request !== "loading") {
      const again = () => this.#history.members(room.id);
      this.#loading.show(request.detail, () => [notice(request.detail, button("Try again", again, "link"))]);
    } else this.#loading.show("loading", () => [skeleton("line", 4)]);
  }

  /**
   * @param {State} state
   * @param {RoomForMe} room
   */
  #showWays(state, room) {
    const owner = isOwner(state, room);
    this.#ways.show(room.direct ? "" : `${room.id} ${owner} ${room.name} ${room.visibility} ${room.topic}`, () => [
      button("Add people", () => addPeopleDialog(this.#store, this.#actions, room)),
      owner && button("Edit", () => changeRoomDialog(this.#actions, room)),
      button("Leave", () => this.#actions.leave(room)),
      owner && button("Delete", () => this.#actions.deleteRoom(room), "danger"),
    ]);
    attribute(this.#title, "title", titleOf(state, room));
  }

  /** @param {() => Promise<unknown>} work */
  async #try(work) {
    this.#problem.show("");
    try {
      await work();
    } catch (error) {
      const { detail } = Problem.from(error);
      this.#problem.show(detail, () => [notice(detail)]);
    }
  }
}

class MemberItem {
  #avatar = new Avatar();
  #name = h("span", { class: "member__name", dir: "auto" });
  #role = h("span", { class: "member__role" });
  #ways = h("span", { class: "member__ways" });
  #message;
  #remove;
  node = h("li", { class: "member" }, this.#avatar.node, this.#name, this.#role, this.#ways);

  /**
   * @param {MemberItemData} item
   * @param {DetailsView} details
   */
  constructor({ member, name }, details) {
    this.#message = iconButton("message", `Message ${name}`, () => details.message(member.user_id));
    this.#remove = iconButton("close", `Remove ${name}`, () => details.remove(member.user_id));
  }

  /** @param {MemberItemData} item */
  update({ name, online, mine, removable, role }) {
    this.#avatar.update(name, online);
    text(this.#name, name);
    attribute(this.#name, "title", name);
    text(this.#role, [mine ? "you" : "", role === "owner" ? "owner" : ""].filter(Boolean).join(", "));
    arrange(this.#ways, [!mine && this.#message, removable && this.#remove]);
  }
}

/**
 * Those who are here first, then by name.
 *
 * @param {State} state
 * @param {RoomForMe} room
 * @returns {MemberItemData[]}
 */
function itemsOf(state, room) {
  const owner = isOwner(state, room);
  return [...(state.members.get(room.id)?.values() ?? [])]
    .map((member) => {
      const mine = member.user_id === state.me?.id;
      const online = mine ? state.connection.status === "connected" : state.online.has(member.user_id);
      return { member, name: nameOf(state, member.user_id), online, mine, role: member.role, removable: owner && !mine && !room.direct };
    })
    .sort((a, b) => Number(b.online) - Number(a.online) || byName(a.name, b.name));
}

/**
 * @param {State} state
 * @param {RoomForMe} room
 */
function isOwner(state, room) {
  return room.membership?.role === "owner" || state.me?.role === "owner";
}
