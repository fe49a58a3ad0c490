"""The documentation page: both documents of the contract for people, who can try everything on it, offline."""
