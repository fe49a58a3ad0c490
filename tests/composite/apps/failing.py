"""An application whose start fails, for a reason that its operator can mend."""

from __future__ import annotations

import sys

from hubbub.composite import CompositeApp, Drain, ServeConfig, serve


async def start() -> None:
    raise OSError("the data folder is read-only")


app = CompositeApp(None, on_startup=start, drain=Drain())

if __name__ == "__main__":
    sys.exit(serve(app, ServeConfig(bind=(sys.argv[1],))))
