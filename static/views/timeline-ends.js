/**
 * What stands above the first loaded message and below the last: the shape of what is loading, what went wrong with
 * it, or the beginning of the room.
 */

import { titleOf } from "../state/names.js";
import { button, emptyPlace, notice, skeleton } from "./controls.js";
import { h, Slot } from "./dom.js";

/** @import {RoomForMe, State, Timeline} from "../state/types.js" */
/** @import {Actions} from "../actions.js" */
/** @import {History} from "../network/history.js" */

export class TimelineEnds {
  #actions;
  #history;
  #top = new Slot(h("div", { class: "timeline__end" }));
  #bottom = new Slot(h("div", { class: "timeline__end" }));
  top = this.#top.node;
  bottom = this.#bottom.node;

  /**
   * @param {Actions} actions
   * @param {History} history
   */
  constructor(actions, history) {
    this.#actions = actions;
    this.#history = history;
  }

  /**
   * @param {State} state
   * @param {RoomForMe} room
   * @param {Timeline | undefined} timeline  Undefined while nothing is loaded.
   */
  render(state, room, timeline) {
    this.#showTop(state, room, timeline);
    this.#showBottom(state, room, timeline);
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
