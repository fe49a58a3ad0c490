"""What crosses the wire: models, event names, error codes.  Knows nothing of how they come about."""
