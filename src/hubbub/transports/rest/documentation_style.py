"""The look of the documentation page: that of the client, for a long text."""

from __future__ import annotations

STYLE = """\
:root { color-scheme: light dark; --page: #f5f4f0; --surface: #fff; --line: #e3e0d9; --text: #1e2023; --quiet: #5b5e63;
  --accent: #0b6b5f; --soft: #e2efec;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace; }
@media (prefers-color-scheme: dark) {
  :root { --page: #16181a; --surface: #1c1e21; --line: #33363b; --text: #e8e7e4; --quiet: #a6a9ae; --accent: #5fcdb9;
    --soft: #1f3531; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 16px; -webkit-text-size-adjust: 100%; }
body { margin: 0; font: 16px/24px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans",
  sans-serif; color: var(--text); background: var(--page); overflow-wrap: break-word; }
main { max-width: 800px; margin: 0 auto; padding: 32px 16px 96px; }
h1 { font-size: 28px; line-height: 32px; margin: 0 0 8px; }
h1 small { font-size: 16px; font-weight: 400; color: var(--quiet); }
h2 { font-size: 22px; line-height: 32px; margin: 48px 0 8px; }
h3 { font-size: 16px; line-height: 24px; margin: 0 0 8px; }
p { margin: 0 0 8px; }
a { color: var(--accent); text-underline-offset: 2px; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
code { font: 14px/20px var(--mono); }
p code, h3 code, nav a { overflow-wrap: anywhere; }
pre { font: 14px/20px var(--mono); margin: 16px 0 0; padding: 16px; overflow-x: auto; overflow-wrap: normal;
  background: var(--surface); border: 1px solid var(--line); border-radius: 8px; }
article { margin: 16px 0; padding: 16px; background: var(--surface); border: 1px solid var(--line);
  border-radius: 8px; }
article h3 b { display: inline-block; margin-right: 8px; padding: 0 8px; font-size: 14px; color: var(--accent);
  background: var(--soft); border-radius: 6px; }
article > :last-child, dd > :last-child { margin-bottom: 0; }
.note { color: var(--quiet); }
dl { margin: 16px 0 0; font-size: 14px; line-height: 20px; }
dt { margin-top: 16px; color: var(--quiet); }
dd { margin: 4px 0 0; }
table { width: 100%; border-collapse: collapse; font-size: 14px; line-height: 20px; }
th, td { padding: 8px 16px 8px 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
th[scope="row"] { font-weight: 400; width: 30%; }
thead th { padding-top: 0; border: 0; color: var(--quiet); font-weight: 400; }
:target { outline: 2px solid var(--accent); outline-offset: -1px; border-radius: 8px; }
section:target { outline: 0; }
nav h2 { font-size: 14px; line-height: 24px; font-weight: 600; margin: 16px 0 0; color: var(--quiet); }
nav ul { margin: 0; padding: 0; list-style: none; }
nav a { display: flex; gap: 8px; padding: 4px 8px; font-size: 14px; line-height: 20px; color: var(--text);
  text-decoration: none; border-radius: 6px; }
nav a:hover { background: var(--soft); }
nav b { flex: none; width: 60px; font-weight: 600; color: var(--accent); }
.beside { display: none; }
.above { margin-top: 16px; padding: 8px 16px; background: var(--surface); border: 1px solid var(--line);
  border-radius: 8px; }
.above summary { cursor: pointer; padding: 4px 0; }
@media (min-width: 1080px) {
  body { display: grid; grid-template-columns: 320px minmax(0, 1fr); }
  .beside { display: block; position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 16px 16px 32px;
    border-right: 1px solid var(--line); }
  .above { display: none; }
  main { width: 100%; padding-left: 32px; padding-right: 32px; }
}
@media (max-width: 480px) { th, td { padding-right: 8px; } }
"""
