/**
 * The keys that work everywhere: Ctrl or Cmd K jumps, Alt with the arrows goes through the rooms, F6 through the parts
 * of the page, Escape closes the details.
 */

/**
 * @typedef {object} Ways
 * @property {() => void} jump
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
function pressed(event, { jump, room, close, parts }) {
  const inDialog = document.querySelector("dialog[open]") !== null;
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    if (!inDialog) jump();
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
