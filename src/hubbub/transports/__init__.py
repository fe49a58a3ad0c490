"""The ways in and out: thin translations between a wire and the use cases.  No transport knows another."""
