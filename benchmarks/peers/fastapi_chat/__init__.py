"""A chat on FastAPI, python-socketio and aiosqlite, as somebody who writes these for a living would."""
