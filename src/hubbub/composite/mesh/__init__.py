"""Several processes of one server on one host: they find each other, talk, and hand requests to each other.

Knows nothing of chat, and only `exchanges` knows ASGI. docs/decisions/0011-workers.md says why it is so.
"""
