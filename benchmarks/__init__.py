"""How fast the server is at what a chat does, each figure beside what the same HTTP server does without it."""
