/**
 * The text of a message as nodes.
 */

import { parts } from "../state/format.js";
import { h } from "./dom.js";

/** @import {Part} from "../state/format.js" */

/**
 * @param {string} body
 * @returns {Node[]}
 */
export function bodyNodes(body) {
  return parts(body).map(nodeOf);
}

/** @param {Part} part */
function nodeOf(part) {
  switch (part.kind) {
    case "link":
      return h("a", { href: part.href, target: "_blank", rel: "noopener noreferrer" }, part.text);
    case "code":
      return h("code", {}, part.text);
    case "block":
      return h("pre", { tabindex: "0" }, h("code", {}, part.text));
    default:
      return document.createTextNode(part.text);
  }
}
