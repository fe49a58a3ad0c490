/**
 * Text as it is shown: JSON in lines, and never more than a page can take.
 */

/** Characters of one answer; a stream goes on for as long as it is left. */
const SHOWN = 64 * 1024;

/** @param {string} text */
export function pretty(text) {
  try {
    return head(JSON.stringify(JSON.parse(text), null, 2));
  } catch {
    return head(text);
  }
}

/** @param {string} text */
export function tail(text) {
  return text.length > SHOWN ? `…${text.slice(-SHOWN)}` : text;
}

/** @param {string} text */
export function failure(text) {
  const line = document.createElement("p");
  line.className = "status bad";
  line.textContent = text;
  return line;
}

/** @param {string} text */
function head(text) {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
