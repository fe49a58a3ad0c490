/**
 * The keys that work everywhere: Ctrl or Cmd K jumps, with Shift and F it searches, Alt with the arrows goes through the rooms, F6 through the parts
 * of the page, Escape closes the details.
 */

/**
 * @typedef {object} Ways
 * @property {() => void} jump
 * @property {() => void} search
 * @property {(step: 1 | -1) => void} room
 * @property {() => void} close
 * @property {(() => HTMLElement | null)[]} parts  In the order of F6; null for a part that is not shown.
 */

/**
 * @param {Ways} ways
 * @param {AbortSignal} signal  Ends it.
 */
export function listenToKeys(ways, signal) {
  document.addEventListener("keydown", (event) => pressed(event, ways), { signal });
}

/**
 * @param {KeyboardEvent} event
 * @param {Ways} ways
 */
function pressed(event, { jump, search, room, close, parts }) {
  const inDialog = document.querySelector("dialog[open]") !== null;
  const command = (event.ctrlKey || event.metaKey) && !event.altKey ? event.key.toLowerCase() : "";
  if ((command === "k" && !event.shiftKey) || (command === "f" && event.shiftKey)) {
    event.preventDefault();
    if (!inDialog) (command === "k" ? jump : search)();
  } else if (inDialog) {
    return;
  } else if (event.key === "F6") {
    event.preventDefault();
    cycle(parts, event.shiftKey ? -1 : 1);
  } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    room(event.key === "ArrowUp" ? -1 : 1);
  } else if (event.key === "Escape") {
    close();
  }
}

/**
 * @param {Ways["parts"]} parts
 * @param {1 | -1} step
 */
function cycle(parts, step) {
  const shown = parts.map((part) => part()).filter((part) => part !== null && part.checkVisibility());
  const now = shown.findIndex((part) => part?.contains(document.activeElement));
  const start = now === -1 && step === -1 ? 0 : now;
  shown.at((start + step + shown.length) % shown.length)?.focus();
}
