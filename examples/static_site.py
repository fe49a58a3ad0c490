"""A page and its files beside Socket.IO (seeds 4.2).

    hypercorn examples.static_site:app --bind 127.0.0.1:8000

The library's rules are prefixes, whatever the seed says of regular expressions, and block while they read. Here files
are read once, compressed, and served under a hash of their content: conditional and range requests, the right types,
and no way out of the folder. With `reload=True` they are looked at before each answer.
"""

from __future__ import annotations

from pathlib import Path

from hubbub.composite import CompositeApp, Drain, SocketServer
from hubbub.composite.static import StaticFiles
from hubbub.composite.static_tree import Mount

SITE = Path(__file__).parent / "site"

app = CompositeApp(SocketServer(), static_files=StaticFiles([Mount(SITE)]), drain=Drain())
