"""The ASGI entry point: `hypercorn src.app:app`."""

import gc

from hubbub.application import create_app

app = create_app()

# What is loaded by now stays: a full collection that looks at all of it again holds everybody up meanwhile.
gc.collect()
gc.freeze()
