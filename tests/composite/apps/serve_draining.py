"""The application of `draining`, served by `hubbub.composite.serving`; the arguments are its addresses and files."""

from __future__ import annotations

import sys

from hubbub.composite import ServeConfig, serve
from tests.composite.apps.draining import app

if __name__ == "__main__":
    bind, insecure_bind, certfile, keyfile = sys.argv[1:]
    sys.exit(serve(app, ServeConfig((bind,), (insecure_bind,), certfile, keyfile)))
