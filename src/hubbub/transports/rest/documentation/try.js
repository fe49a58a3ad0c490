/**
 * Brings the page's forms to life: requests, and a WebSocket.  Without this script the page is there to be read.
 */

import { Requests } from "./requests.js";
import { Seen } from "./seen.js";
import { Sockets } from "./sockets.js";

const tokenField = /** @type {HTMLInputElement} */ (document.querySelector("#try-token"));
const token = () => tokenField.value.trim();
const seen = new Seen(document);

for (const form of document.querySelectorAll("form[data-path]")) {
  new Requests(/** @type {HTMLFormElement} */ (form), token, seen);
}
for (const form of document.querySelectorAll("form[data-socket]")) {
  const sockets = new Sockets(/** @type {HTMLFormElement} */ (form), token, seen);
  for (const link of document.querySelectorAll("[data-command]")) {
    link.addEventListener("click", () => sockets.choose(/** @type {HTMLElement} */ (link).dataset["command"] ?? ""));
  }
}
tokenField.form?.addEventListener("submit", (event) => event.preventDefault());
for (const part of document.querySelectorAll(".try")) /** @type {HTMLElement} */ (part).hidden = false;
