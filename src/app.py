"""The ASGI entry point: `hypercorn src.app:app`."""

from hubbub.application import create_app

app = create_app()
