/**
 * Search: what was said, found by its words, and the way to where it stands.
 */

import { excerptOf } from "../../state/excerpt.js";
import { nameOf, titleOf } from "../../state/names.js";
import { clockOf, dayLabelOf, fullTimeOf } from "../../state/times.js";
import { Problem } from "../../network/problem.js";
import { Avatar, button, notice, roomIcon, skeleton } from "../controls.js";
import { openDialog } from "../dialog.js";
import { attribute, h, Slot, text } from "../dom.js";
import { icon } from "../icons.js";

/** @import {RoomForMe} from "../../state/types.js" */
/** @import {Store} from "../../state/store.js" */
/** @import {Actions} from "../../actions.js" */
/** @import {Finder, FoundMessage} from "../../network/finder.js" */

/** As the server has it (`SEARCH_CHARS` in contract/limits.py). */
const CHARACTERS = 100;

/**
 * @param {{store: Store, actions: Actions, finder: Finder}} parts
 * @param {RoomForMe | null} room  The one that is open; to look in it alone can be chosen.
 */
export function searchDialog(parts, room) {
  return openDialog("Search", (close) => new SearchView(parts, room, close).nodes, "dialog--search");
}

class SearchView {
  #store;
  #actions;
  #finder;
  #close;
  #room;
  #input = h("input", { type: "search", class: "search__input", name: "q", maxlength: CHARACTERS, autocomplete: "off", "aria-label": "Words to look for", placeholder: "A word or more" });
  #here = h("input", { type: "checkbox", name: "here" });
  #list = h("ul", { class: "found-list", "aria-label": "Found messages" });
  #end = new Slot(h("div", { class: "search__end" }));
  #said = h("p", { class: "search__said", role: "status" });
  /** Counts the searches, so that a late answer to an earlier one is dropped. */
  #turn = 0;
  nodes;

  /**
   * @param {{store: Store, actions: Actions, finder: Finder}} parts
   * @param {RoomForMe | null} room
   * @param {() => void} close
   */
  constructor({ store, actions, finder }, room, close) {
    this.#store = store;
    this.#actions = actions;
    this.#finder = finder;
    this.#close = close;
    this.#room = room;
    const form = h("form", { class: "search", role: "search" }, this.#input, h("button", { type: "submit", class: "button button--primary" }, "Search"));
    if (room) form.append(h("label", { class: "search__here" }, this.#here, h("span", { dir: "auto" }, `Only in ${titleOf(store.state, room)}`)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#start();
    });
    this.#here.addEventListener("change", () => this.#input.value.trim() !== "" && this.#start());
    this.nodes = [form, this.#said, this.#list, this.#end.node];
    text(this.#said, "Finds messages that have all the words, newest first.");
  }

  #start() {
    const q = this.#input.value.trim();
    if (q === "") {
      this.#input.focus();
      return;
    }
    this.#list.replaceChildren();
    this.#end.show("");
    text(this.#said, "");
    this.#look({ q, ...(this.#room && this.#here.checked ? { room_id: this.#room.id } : {}) });
  }

  /** @param {{q: string, room_id?: string, before?: string}} asked */
  async #look(asked) {
    const turn = ++this.#turn;
    this.#end.show(`loading ${turn}`, () => [skeleton("message", asked.before ? 1 : 4)]);
    try {
      const { found, before } = await this.#finder.search(asked);
      if (turn === this.#turn) this.#show(asked, found, before);
    } catch (error) {
      if (turn !== this.#turn) return;
      const again = button("Try again", () => this.#look(asked), "link");
      this.#end.show(`failed ${turn}`, () => [notice(Problem.from(error).detail, again)]);
    }
  }

  /**
   * @param {{q: string, room_id?: string}} asked
   * @param {FoundMessage[]} found
   * @param {string | null} before
   */
  #show(asked, found, before) {
    const rows = found.map((each) => h("li", {}, this.#row(each, asked.q)));
    const first = this.#list.childElementCount === 0;
    this.#list.append(...rows);
    const count = this.#list.childElementCount;
    text(this.#said, count > 0 ? `${count}${before ? " or more" : ""} found.` : before ? "Nothing among the newest messages." : "No message has all these words.");
    this.#end.show(before ?? "", () => [button("Look further back", () => this.#look({ ...asked, before: before ?? "" }))]);
    if (!first) rows[0]?.querySelector("button")?.focus();
  }

  /**
   * @param {FoundMessage} found
   * @param {string} q
   */
  #row({ message, room }, q) {
    const state = this.#store.state;
    const name = nameOf(state, message.author_id);
    const avatar = new Avatar();
    avatar.update(name);
    const pieces = excerptOf(message.body, q).map((piece) => (piece.hit ? h("mark", {}, piece.text) : piece.text));
    const row = h(
      "button",
      { type: "button", class: "found" },
      avatar.node,
      h("span", { class: "found__head" }, h("span", { class: "found__author", dir: "auto" }, name), timeOf(message.created_at)),
      h("span", { class: "found__room" }, roomIcon(room), h("span", { dir: "auto" }, titleOf(state, room)), room.membership === null && h("small", {}, "· you are not in it")),
      h("span", { class: "found__text", dir: "auto" }, ...pieces),
    );
    const problem = new Slot(h("div", { class: "found__problem" }));
    row.addEventListener("click", () => this.#open({ message, room }, row, problem));
    return h("div", {}, row, problem.node);
  }

  /**
   * @param {FoundMessage} found
   * @param {Element} row
   * @param {Slot} problem
   */
  async #open({ message, room }, row, problem) {
    problem.show("");
    if (this.#store.state.rooms.has(room.id)) {
      this.#close();
      this.#actions.goTo(message.id, room.id);
      return;
    }
    const join = async () => {
      try {
        await this.#actions.join(room.id);
        this.#close();
        this.#actions.goTo(message.id, room.id);
      } catch (error) {
        const { detail } = Problem.from(error);
        problem.show(detail, () => [notice(detail)]);
      }
    };
    problem.show("join", () => [icon("hash"), h("span", { class: "notice__text" }, "Join the room to read on from there."), button("Join", join, "primary")]);
    problem.node.querySelector("button")?.focus();
    attribute(row, "aria-expanded", "true");
  }
}

/** @param {string} at */
function timeOf(at) {
  const shown = `${dayLabelOf(at, new Date())}, ${clockOf(at)}`;
  return h("time", { class: "found__time", datetime: at, title: fullTimeOf(at) }, shown);
}
