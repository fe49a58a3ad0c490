"""The one load generator: it drives every side by the protocols that real clients speak."""
