/**
 * Oneself: the name, the look, the devices that are signed in, and the way out.
 */

import { dateOf } from "../../state/times.js";
import { Problem } from "../../network/problem.js";
import { button, notice, skeleton } from "../controls.js";
import { openDialog } from "../dialog.js";
import { arrange, h, Slot } from "../dom.js";
import { Field, form } from "../form.js";
import { setTheme, theme } from "../theme.js";
import { inviteDialog } from "./people.js";

/** @import {Session} from "../../state/types.js" */
/** @import {Store} from "../../state/store.js" */
/** @import {Actions} from "../../actions.js" */

const DISPLAY_NAME_CHARS = 64;

/**
 * @param {Store} store
 * @param {Actions} actions
 * @param {() => Promise<void>} signOut
 */
export function accountDialog(store, actions, signOut) {
  const { me } = store.state;
  openDialog("You", (close) => {
    const invite = () => {
      close();
      inviteDialog(actions);
    };
    return [
      nameForm(actions, me?.display_name ?? ""),
      themeChoice(),
      h("section", { class: "section" }, h("h3", { class: "section__title" }, "Devices"), devices(actions)),
      h(
        "div",
        { class: "dialog__ways" },
        me?.role === "owner" && button("Invite people", invite),
        button("Sign out", () => leave(store, close, signOut)),
      ),
    ];
  });
}

/**
 * @param {Actions} actions
 * @param {string} name
 */
function nameForm(actions, name) {
  const attributes = { maxlength: DISPLAY_NAME_CHARS, autocomplete: "name", dir: "auto" };
  const said = h("p", { class: "field__hint", role: "status" });
  return form({
    fields: [new Field({ name: "display_name", label: "Your name, as others see it", value: name, attributes })],
    more: [said],
    action: "Save",
    submit: async ({ display_name }) => {
      await actions.api.changeMe({ display_name: display_name?.trim() ?? "" });
      said.textContent = "Saved.";
    },
  });
}

function themeChoice() {
  const options = /** @type {const} */ ([["system", "As the system"], ["light", "Light"], ["dark", "Dark"]]);
  return h(
    "fieldset",
    { class: "choice choice--row" },
    h("legend", {}, "Look"),
    ...options.map(([value, label]) => {
      const attributes = { type: "radio", name: "theme", value, checked: value === theme() };
      const input = h("input", { ...attributes, on: { change: () => setTheme(value) } });
      return h("label", { class: "choice__option" }, input, label);
    }),
  );
}

/** @param {Actions} actions */
function devices(actions) {
  const list = h("ul", { class: "device-list" });
  const content = new Slot(h("div", {}));
  const load = async () => {
    content.show("loading", () => [skeleton("line", 2)]);
    try {
      const { sessions } = await actions.api.sessions();
      const here = sessions.toSorted((a, b) => Number(b.current) - Number(a.current));
      arrange(list, here.map((session) => deviceItem(actions, session)));
      content.show("loaded", () => [list]);
    } catch (error) {
      const { detail } = Problem.from(error);
      content.show(detail, () => [notice(detail, button("Try again", load, "link"))]);
    }
  };
  load();
  return content.node;
}

/**
 * @param {Actions} actions
 * @param {Session} session
 */
function deviceItem(actions, session) {
  const problem = new Slot(h("div", {}));
  const revoke = button("Sign out", async () => {
    try {
      await actions.api.revoke(session.id);
      item.remove();
    } catch (error) {
      const { detail } = Problem.from(error);
      problem.show(detail, () => [notice(detail)]);
    }
  }, "link");
  const used = session.current ? "This device" : `Last used ${dateOf(session.last_used_at)}`;
  const name = deviceName(session.user_agent);
  revoke.setAttribute("aria-label", `Sign out ${name}`);
  const item = h(
    "li",
    { class: "device" },
    h("span", { class: "device__text" }, h("b", {}, name), h("small", {}, used)),
    session.current ? null : revoke,
    problem.node,
  );
  return item;
}

/**
 * The browser and the system, as far as the header tells.
 *
 * @param {string} agent
 */
function deviceName(agent) {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(agent)?.[1] ?? (agent.split("/")[0] || "Unknown device");
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agent)?.[1];
  const name = { Edg: "Edge", OPR: "Opera" }[browser] ?? browser;
  return system ? `${name} on ${system.replace("Mac OS X", "macOS")}` : name;
}

/**
 * @param {Store} store
 * @param {() => void} close
 * @param {() => Promise<void>} signOut
 */
function leave(store, close, signOut) {
  const waiting = store.state.pending.filter((entry) => entry.status !== "sent").length;
  close();
  openDialog("Sign out?", (cancel) => {
    const detail =
      waiting > 0 ? `${waiting} of your messages are not sent yet and will be lost.` : "You can come back with your password.";
    const sure = form({
      fields: [],
      action: "Sign out",
      kind: waiting > 0 ? "danger" : "primary",
      submit: async () => {
        await signOut();
        cancel();
      },
    });
    return [h("p", {}, detail), sure];
  });
}
