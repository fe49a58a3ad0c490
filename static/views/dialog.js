/**
 * Dialogs: the browser's own, which keeps the focus inside, closes by Escape, and gives the focus back.
 */

import { button, iconButton } from "./controls.js";
import { h } from "./dom.js";
import { form } from "./form.js";

let dialogs = 0;

/**
 * @param {string} title
 * @param {(close: () => void) => Node[]} build
 * @param {string} kind  More class names.
 */
export function openDialog(title, build, kind = "") {
  const id = `dialog-${++dialogs}`;
  const close = () => dialog.close();
  const heading = h("h2", { id, class: "dialog__title" }, title);
  const dialog = h("dialog", { class: `dialog ${kind}`, "aria-labelledby": id });
  dialog.append(
    h("header", { class: "dialog__header" }, heading, iconButton("close", "Close", close)),
    h("div", { class: "dialog__content" }, ...build(close)),
  );
  dialog.addEventListener("close", () => dialog.remove());
  // Only the backdrop belongs to the dialog itself; everything else is in one of its children.
  dialog.addEventListener("mousedown", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  const first = dialog.querySelector("[autofocus], input, textarea");
  if (first instanceof HTMLElement) first.focus();
  return dialog;
}

/**
 * Asks before something that cannot be undone.
 *
 * @param {string} title
 * @param {string} detail
 * @param {string} action  What the button says.
 * @param {() => Promise<void>} work
 */
export function confirmDialog(title, detail, action, work) {
  return openDialog(title, (close) => {
    const sure = form({
      fields: [],
      action,
      kind: "danger",
      submit: async () => {
        await work();
        close();
      },
    });
    sure.append(button("Cancel", close));
    return [h("p", {}, detail), sure];
  });
}
