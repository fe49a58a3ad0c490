"""The TypeScript compiler, strict, on a folder of the test's own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.machine import ROOT, missing, require

SECONDS = 60.0
_LANGUAGE = ("--strict", "--noEmit", "--module", "nodenext", "--target", "es2023", "--types", "node")
# The compiler's own declarations would be a quarter of its work; ours and those of the packages are checked.
OPTIONS = (*_LANGUAGE, "--skipDefaultLibCheck")


def compile_typescript(folder: Path, *, program: str, declarations: str) -> str:
    """What the compiler says of a program that imports `./hubbub.js`; nothing when all is well."""
    compiler = ROOT / "node_modules" / "typescript" / "bin" / "tsc"
    if not compiler.is_file():
        missing("typescript is not installed: `make setup` does that.")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "hubbub.d.ts").write_text(declarations)
    (folder / "program.ts").write_text(program)
    done = subprocess.run(
        [require("node"), compiler, *OPTIONS, "program.ts", "hubbub.d.ts"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.stdout
