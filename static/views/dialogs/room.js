/**
 * Making a room, and changing one.
 */

import { openDialog } from "../dialog.js";
import { h } from "../dom.js";
import { Field, form } from "../form.js";

/** @import {RoomForMe, Visibility} from "../../state/types.js" */
/** @import {CreateRoom} from "hubbub" */
/** @import {Actions} from "../../actions.js" */

const NAME_CHARS = 80;
const TOPIC_CHARS = 250;

/** @param {Actions} actions */
export function createRoomDialog(actions) {
  openDialog("New room", (close) => [
    form({
      fields: fieldsOf("", ""),
      more: [visibilityChoice("public")],
      action: "Make the room",
      submit: async (values, key) => {
        const room = await actions.api.createRoom(roomOf(values), key);
        close();
        actions.enter(room);
      },
    }),
  ]);
}

/**
 * @param {Actions} actions
 * @param {RoomForMe} room
 */
export function changeRoomDialog(actions, room) {
  openDialog(`Edit ${room.name}`, (close) => [
    form({
      fields: fieldsOf(room.name, room.topic),
      more: [visibilityChoice(room.visibility)],
      action: "Save",
      submit: async (values) => {
        await actions.api.changeRoom(room.id, roomOf(values));
        close();
      },
    }),
  ]);
}

/**
 * @param {Record<string, string>} values
 * @returns {CreateRoom}
 */
function roomOf({ name = "", topic = "", visibility }) {
  return { name: name.trim(), topic: topic.trim(), visibility: visibility === "private" ? "private" : "public" };
}

/**
 * @param {string} name
 * @param {string} topic
 */
function fieldsOf(name, topic) {
  return [
    new Field({ name: "name", label: "Name", value: name, attributes: { maxlength: NAME_CHARS, autocomplete: "off", dir: "auto" } }),
    new Field({
      name: "topic",
      label: "Topic",
      value: topic,
      optional: true,
      hint: "What people talk about here.",
      attributes: { maxlength: TOPIC_CHARS, autocomplete: "off", dir: "auto" },
    }),
  ];
}

/** @param {Visibility} chosen */
function visibilityChoice(chosen) {
  return h(
    "fieldset",
    { class: "choice" },
    h("legend", {}, "Who can join"),
    option("public", "Everybody", "Anyone on this server can find it, read it and join.", chosen),
    option("private", "Only people who are added", "Nobody else knows that it is there.", chosen),
  );
}

/**
 * @param {Visibility} value
 * @param {string} title
 * @param {string} detail
 * @param {Visibility} chosen
 */
function option(value, title, detail, chosen) {
  const input = h("input", { type: "radio", name: "visibility", value, checked: value === chosen });
  return h("label", { class: "choice__option" }, input, h("span", {}, h("b", {}, title), h("small", {}, detail)));
}
