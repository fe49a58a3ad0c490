"""Who is listening, and what they get: subscriptions to the log, presence, typing.  Knows nothing of transports."""
