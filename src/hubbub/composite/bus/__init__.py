"""Processes of one server that share no host: Redis carries a word to all of them, and may lose it.

Knows nothing of chat. Only the modules called `redis_…` know Redis, and need the extra `redis`.
docs/decisions/0028-bus.md says why it is so.
"""
