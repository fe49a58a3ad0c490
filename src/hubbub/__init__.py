"""Hubbub: self-hosted team chat and a real-time API over one durable, ordered log of changes."""
