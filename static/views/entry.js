/**
 * The door: signing in, and making an account where the server allows it.
 */

import { Problem } from "../network/problem.js";
import { button, notice, skeleton } from "./controls.js";
import { h, Slot } from "./dom.js";
import { Field, form } from "./form.js";

/** @import {ServerInfo, User} from "../state/types.js" */
/** @import {Api} from "../network/api.js" */

const USERNAME = {
  minlength: 2,
  maxlength: 32,
  pattern: "[\\p{L}\\p{N}_][\\p{L}\\p{N}_.\\-]*",
  autocapitalize: "none",
  spellcheck: "false",
  autocomplete: "username",
};
const PASSWORD_MIN_CHARS = 8;
const PASSWORD_CHARS = 256;
const DISPLAY_NAME_CHARS = 64;

export class EntryView {
  #api;
  #invite;
  #entered;
  #card = h("div", { class: "entry__card" });
  #content = new Slot(this.#card);
  node = h("main", { class: "entry" }, h("h1", { class: "brand" }, "Hubbub"), this.#card);

  /**
   * @param {object} door
   * @param {Api} door.api
   * @param {string | null} door.invite  From an invite link.
   * @param {string} door.said  Why somebody stands here again; empty for newcomers.
   * @param {(user: User) => void} door.entered
   */
  constructor({ api, invite, said, entered }) {
    this.#api = api;
    this.#invite = invite;
    this.#entered = entered;
    this.#load(said);
  }

  /** @param {string} said */
  async #load(said) {
    this.#content.show("loading", () => [skeleton("line", 4)]);
    try {
      const server = await this.#api.server();
      if (server.first_account || this.#invite !== null) this.#signUp(server);
      else this.#signIn(server, said);
    } catch (error) {
      const { detail } = Problem.from(error);
      this.#content.show(detail, () => [notice(detail, button("Try again", () => this.#load(said), "link"))]);
    }
  }

  /**
   * @param {ServerInfo} server
   * @param {string} said
   */
  #signIn(server, said = "") {
    const fields = [
      new Field({ name: "username", label: "Username", attributes: { ...USERNAME, minlength: 1 } }),
      new Field({ name: "password", label: "Password", type: "password", attributes: { maxlength: PASSWORD_CHARS, autocomplete: "current-password" } }),
    ];
    const submit = async (/** @type {Record<string, string>} */ { username = "", password = "" }, /** @type {string} */ key) => {
      const { user } = await this.#api.signIn({ username: username.trim(), password }, key);
      this.#entered(user);
    };
    const canSignUp = server.registration === "open" || this.#invite !== null;
    this.#show("sign-in", "Sign in", said, form({ fields, action: "Sign in", submit }), [
      canSignUp ? "New here? " : server.registration === "invite" && "New here? Ask the owner of this server for an invite link.",
      canSignUp && button("Make an account", () => this.#signUp(server), "link"),
    ]);
  }

  /** @param {ServerInfo} server */
  #signUp(server) {
    const fields = [
      new Field({ name: "display_name", label: "Your name", optional: true, hint: "As others see it. You can change it later.", attributes: { maxlength: DISPLAY_NAME_CHARS, autocomplete: "name", dir: "auto" } }),
      new Field({ name: "username", label: "Username", hint: "To sign in: letters, digits, dots, dashes and underscores.", attributes: USERNAME }),
      new Field({ name: "password", label: "Password", type: "password", hint: `At least ${PASSWORD_MIN_CHARS} characters. A few words are good.`, attributes: { minlength: PASSWORD_MIN_CHARS, maxlength: PASSWORD_CHARS, autocomplete: "new-password" } }),
    ];
    const submit = async (/** @type {Record<string, string>} */ values, /** @type {string} */ key) => {
      const { username = "", password = "", display_name = "" } = values;
      const name = display_name.trim();
      const account = { username: username.trim(), password, ...(name && { display_name: name }), ...(this.#invite && { invite: this.#invite }) };
      const { user } = await this.#api.signUp(account, key);
      this.#entered(user);
    };
    const first = server.first_account;
    const title = first ? "Set up your server" : "Make an account";
    const said = first ? "This is the first account: you will own this server." : this.#invite !== null ? "You are invited. Choose how you want to be called." : "";
    this.#show("sign-up", title, said, form({ fields, action: first ? "Make my account" : "Make an account", submit }), [
      !first && "Already have an account? ",
      !first && button("Sign in", () => this.#signIn(server), "link"),
    ]);
  }

  /**
   * @param {string} what
   * @param {string} title
   * @param {string} said
   * @param {HTMLFormElement} content
   * @param {(Node | string | false)[]} other
   */
  #show(what, title, said, content, other) {
    const shown = other.filter((part) => part !== false);
    this.#content.show(what, () => [
      h("h2", { class: "entry__title" }, title),
      said !== "" && h("p", { class: "entry__said", role: "status" }, said),
      content,
      shown.length > 0 && h("p", { class: "entry__other" }, ...shown),
    ]);
    this.#card.querySelector("input")?.focus();
  }
}
