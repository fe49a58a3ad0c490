/**
 * One operation of REST: makes the request that its form describes, and shows the answer as it comes.
 */

import { failure, pretty, tail } from "./show.js";

/** @import {Seen} from "./seen.js" */

export class Requests {
  #form;
  #token;
  #seen;
  #answer;
  #stop;
  /** @type {AbortController | null} */
  #running = null;

  /**
   * @param {HTMLFormElement} form
   * @param {() => string} token
   * @param {Seen} seen
   */
  constructor(form, token, seen) {
    this.#form = form;
    this.#token = token;
    this.#seen = seen;
    this.#answer = /** @type {HTMLElement} */ (form.querySelector(".answer"));
    this.#stop = /** @type {HTMLElement} */ (form.querySelector("[data-stop]"));
    this.#stop.addEventListener("click", () => this.#running?.abort());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  async #send() {
    this.#running?.abort();
    const running = (this.#running = new AbortController());
    this.#stop.hidden = false;
    this.#answer.replaceChildren("Waiting for the answer…");
    try {
      const [address, options] = this.#request();
      const began = performance.now();
      const response = await fetch(address, { ...options, signal: running.signal });
      this.#head(`${options.method} ${address}`, response, performance.now() - began);
      await this.#body(response);
    } catch (error) {
      if (this.#running === running) this.#answer.append(failure(running.signal.aborted ? "Stopped." : `Not sent: ${error}`));
    } finally {
      if (this.#running === running) this.#stop.hidden = true;
    }
  }

  /** @returns {[string, RequestInit]} */
  #request() {
    const { method = "GET", path = "" } = this.#form.dataset;
    const headers = new Headers({ accept: "application/json, text/event-stream" });
    const query = new URLSearchParams();
    let address = path;
    for (const { name, value, dataset } of this.#fields()) {
      if (dataset["in"] === "path") address = address.replace(`{${name}}`, encodeURIComponent(value));
      else if (value && dataset["in"] === "query") query.set(name, value);
      else if (value && dataset["in"] === "header") headers.set(name, value);
    }
    const body = this.#form.querySelector("textarea")?.value ?? null;
    if (body !== null) headers.set("content-type", "application/json");
    const token = this.#token();
    if (token) headers.set("authorization", `Bearer ${token}`);
    // A token says who asks; the cookie of somebody else must not come along.
    return [query.size ? `${address}?${query}` : address, { method, headers, body, credentials: token ? "omit" : "same-origin" }];
  }

  /** @returns {NodeListOf<HTMLInputElement>} */
  #fields() {
    return this.#form.querySelectorAll("input[data-in]");
  }

  /**
   * @param {string} request
   * @param {Response} response
   * @param {number} milliseconds
   */
  #head(request, response, milliseconds) {
    const status = document.createElement("p");
    status.className = response.ok ? "status" : "status bad";
    status.textContent = `${response.status} ${response.statusText}`.trim() + ` in ${Math.round(milliseconds)} ms`;
    const headers = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = "Headers";
    const list = document.createElement("pre");
    list.textContent = [request, "", ...[...response.headers].map(([name, value]) => `${name}: ${value}`)].join("\n");
    headers.append(summary, list);
    this.#answer.replaceChildren(status, headers);
  }

  /** @param {Response} response */
  async #body(response) {
    if (response.status === 204 || response.body === null) return;
    const shown = document.createElement("pre");
    shown.tabIndex = 0;
    this.#answer.append(shown);
    if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        shown.textContent = tail(shown.textContent + part.value);
      }
      return;
    }
    const text = await response.text();
    shown.textContent = pretty(text);
    if (response.ok) this.#seen.note(JSON.parse(text));
  }
}
