/**
 * Choosing people: to write to, to add to a room, to invite to the server.
 */

import { byName, matching } from "../../state/names.js";
import { Problem } from "../../network/problem.js";
import { newId } from "../../network/ids.js";
import { Avatar, button, notice } from "../controls.js";
import { openDialog } from "../dialog.js";
import { h, Slot } from "../dom.js";
import { Field, form } from "../form.js";
import { Picker } from "../picker.js";
import { fullTimeOf } from "../../state/times.js";

/** @import {Invite, RoomForMe, User} from "../../state/types.js" */
/** @import {Store} from "../../state/store.js" */
/** @import {Actions} from "../../actions.js" */

/**
 * @param {Store} store
 * @param {Actions} actions
 */
export function directDialog(store, actions) {
  openDialog("New direct message", (close) =>
    choosing(store, "Write to", () => others(store), async (user) => {
      await actions.direct(user.id, newId());
      close();
    }),
  );
}

/**
 * @param {Store} store
 * @param {Actions} actions
 * @param {RoomForMe} room
 */
export function addPeopleDialog(store, actions, room) {
  const outside = () => others(store).filter((user) => !store.state.members.get(room.id)?.has(user.id));
  openDialog(`Add people to ${room.name}`, () => choosing(store, "Add", outside, (user) => actions.api.addMember(room.id, user.id)));
}

/** @param {Actions} actions */
export function inviteDialog(actions) {
  const uses = new Field({
    name: "max_uses",
    label: "How many people may use it",
    type: "number",
    value: "1",
    hint: "The link is good for this many new accounts, for a week.",
    attributes: { min: 1, max: 1_000, inputmode: "numeric" },
  });
  openDialog("Invite people", () => {
    const link = new Slot(h("div", { class: "invite", "aria-live": "polite" }));
    const make = form({
      fields: [uses],
      action: "Make a link",
      submit: async ({ max_uses }, key) => {
        const invite = await actions.api.invite(Number(max_uses), key);
        link.show(invite.id, () => [shownLink(invite)]);
      },
    });
    return [make, link.node];
  });
}

/** @param {Invite} invite */
function shownLink({ code, expires_at }) {
  const address = `${location.origin}/join/${encodeURIComponent(code)}`;
  const field = h("input", { type: "text", readonly: true, value: address, "aria-label": "Invite link" });
  const copy = button("Copy", async () => {
    field.select();
    // Without a secure connection there is no clipboard; the link is selected, to be copied by hand.
    const copied = await navigator.clipboard?.writeText(address).then(() => true, () => false);
    copy.textContent = copied ? "Copied" : "Press Ctrl C";
  });
  return h("div", {}, h("div", { class: "invite__line" }, field, copy), h("p", { class: "field__hint" }, `Until ${fullTimeOf(expires_at)}.`));
}

/**
 * @param {Store} store
 * @param {string} label
 * @param {() => User[]} people
 * @param {(user: User) => Promise<unknown>} choose
 */
function choosing(store, label, people, choose) {
  const problem = new Slot(h("div", {}));
  const picker = new Picker({
    label,
    placeholder: "A name",
    find: (typed) => matching(people(), (user) => `${user.display_name} ${user.username}`, typed),
    show: (/** @type {User} */ user) => personNodes(store, user),
    choose: async (user) => {
      problem.show("");
      try {
        await choose(user);
      } catch (error) {
        const { detail } = Problem.from(error);
        problem.show(detail, () => [notice(detail)]);
      }
    },
    none: "There is nobody else with that name.",
  });
  picker.follow(store);
  return [picker.node, problem.node];
}

/**
 * @param {Store} store
 * @param {User} user
 */
function personNodes(store, user) {
  const avatar = new Avatar();
  avatar.update(user.display_name, store.state.online.has(user.id));
  return [
    avatar.node,
    h("span", { class: "picker__title", dir: "auto" }, user.display_name),
    h("span", { class: "picker__note" }, `@${user.username}`),
  ];
}

/** @param {Store} store */
function others(store) {
  const { users, me } = store.state;
  return [...users.values()]
    .filter((user) => user.id !== me?.id)
    .sort((a, b) => byName(a.display_name, b.display_name));
}
