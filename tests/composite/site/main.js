import { part } from "./part/part.js";
document.title = part;
