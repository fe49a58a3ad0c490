/**
 * The public rooms that one is not in.
 */

import { matching } from "../../state/names.js";
import { Problem } from "../../network/problem.js";
import { button, notice, skeleton } from "../controls.js";
import { openDialog } from "../dialog.js";
import { h, Slot } from "../dom.js";
import { icon } from "../icons.js";
import { Picker } from "../picker.js";
import { createRoomDialog } from "./room.js";

/** @import {RoomForMe} from "../../state/types.js" */
/** @import {Actions} from "../../actions.js" */

/** @param {Actions} actions */
export function browseDialog(actions) {
  openDialog("Browse rooms", (close) => {
    const content = new Slot(h("div", {}));
    const problem = new Slot(h("div", {}));
    const make = () => {
      close();
      createRoomDialog(actions);
    };
    const load = async () => {
      content.show("loading", () => [skeleton("line", 5)]);
      try {
        const rooms = (await actions.api.rooms()).filter((room) => room.membership === null);
        content.show("loaded", () => [rooms.length > 0 ? pickerOf(rooms, join).node : nothing(make)]);
        content.node.querySelector("input")?.focus();
      } catch (error) {
        const { detail } = Problem.from(error);
        content.show(detail, () => [notice(detail, button("Try again", load, "link"))]);
      }
    };
    /** @param {RoomForMe} room */
    const join = async (room) => {
      problem.show("");
      try {
        await actions.join(room.id);
        close();
      } catch (error) {
        const { detail } = Problem.from(error);
        problem.show(detail, () => [notice(detail)]);
      }
    };
    load();
    return [content.node, problem.node];
  });
}

/**
 * @param {RoomForMe[]} rooms
 * @param {(room: RoomForMe) => void} join
 */
function pickerOf(rooms, join) {
  return new Picker({
    label: "Public rooms",
    placeholder: "Find a room",
    find: (typed) => matching(rooms, (room) => `${room.name} ${room.topic}`, typed),
    show: (room) => [
      h("span", { class: "picker__mark" }, icon("hash")),
      h("span", { class: "picker__title", dir: "auto" }, room.name, h("small", {}, room.topic)),
      h("span", { class: "picker__note" }, `${room.member_count} ${room.member_count === 1 ? "person" : "people"}`),
    ],
    choose: join,
    none: "No public room is called like that.",
  });
}

/** @param {() => void} make */
function nothing(make) {
  return h("div", { class: "empty" }, h("p", {}, "You are in every public room there is."), button("Make a new one", make));
}
