// The official parser of AsyncAPI: a document on standard input, and what is wrong with it, as JSON, on standard output.
//
// Out: [{"severity": "error" | "warning" | "info" | "hint", "path": "channels/socketio", "message": "…"}, …]

import { Parser } from "@asyncapi/parser";
import { text } from "node:stream/consumers";

const SEVERITIES = ["error", "warning", "info", "hint"];

const { diagnostics } = await new Parser().parse(await text(process.stdin));
const found = diagnostics.map(({ severity, path, message }) => ({
  severity: SEVERITIES[severity],
  path: path.join("/"),
  message,
}));
process.stdout.write(JSON.stringify(found));
