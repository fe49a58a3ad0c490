"""What is asked of a server, and that what was counted is complete and correct."""
