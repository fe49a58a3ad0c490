/**
 * Jump to: every room and every person, found by typing.
 */

import { matching, othersIn, titleOf } from "../../state/names.js";
import { Avatar, markOf, roomIcon } from "../controls.js";
import { openDialog } from "../dialog.js";
import { h } from "../dom.js";
import { newId } from "../../network/ids.js";
import { Picker } from "../picker.js";

/** @import {RoomForMe, State, User} from "../../state/types.js" */
/** @import {Store} from "../../state/store.js" */
/** @import {Actions} from "../../actions.js" */

/** @typedef {{room: RoomForMe, name: string} | {user: User, name: string}} Place */

/**
 * @param {Store} store
 * @param {Actions} actions
 */
export function switcherDialog(store, actions) {
  return openDialog(
    "Jump to",
    (close) => {
      /** @param {Place} place */
      const choose = (place) => {
        close();
        if ("room" in place) actions.openRoom(place.room.id);
        // Nothing to stand beside any more: should it fail, the list of rooms is as it was.
        else actions.direct(place.user.id, newId()).catch(() => switcherDialog(store, actions));
      };
      const picker = new Picker({
        label: "Rooms and people",
        placeholder: "A room or a person",
        find: (typed) => matching(placesOf(store.state), ({ name }) => name, typed),
        show: (place) => shown(store.state, place),
        choose,
        none: "No room and nobody is called like that.",
      });
      picker.follow(store);
      return [picker.node];
    },
    "dialog--switcher",
  );
}

/**
 * Unread rooms first, then by the newest message; then people one has no room with.
 *
 * @param {State} state
 * @returns {Place[]}
 */
function placesOf(state) {
  const rooms = [...state.rooms.values()].sort(
    (a, b) =>
      Number((b.membership?.unread_count ?? 0) > 0) - Number((a.membership?.unread_count ?? 0) > 0) ||
      Date.parse(b.last_message_at ?? b.created_at) - Date.parse(a.last_message_at ?? a.created_at),
  );
  const met = new Set(rooms.filter((room) => room.direct && room.user_ids.length === 2).flatMap((room) => othersIn(state, room)));
  const people = [...state.users.values()].filter((user) => user.id !== state.me?.id && !met.has(user.id));
  return [
    ...rooms.map((room) => ({ room, name: titleOf(state, room) })),
    ...people.map((user) => ({ user, name: user.display_name })),
  ];
}

/**
 * @param {State} state
 * @param {Place} place
 */
function shown(state, place) {
  const title = h("span", { class: "picker__title", dir: "auto" }, place.name);
  if ("room" in place && markOf(place.room) !== "person") {
    const unread = place.room.membership?.unread_count ?? 0;
    const mark = h("span", { class: "picker__mark" }, roomIcon(place.room));
    return unread > 0 ? [mark, title, h("span", { class: "picker__note" }, `${unread} unread`)] : [mark, title];
  }
  const avatar = new Avatar();
  const other = "user" in place ? place.user.id : othersIn(state, place.room)[0];
  avatar.update(place.name, other ? state.online.has(other) : null);
  return [avatar.node, title];
}
