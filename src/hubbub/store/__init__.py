"""SQLite or PostgreSQL: the log of changes, the tables beside it, and the one writer through which everything passes.

`database.Store` is the way in; the other modules hold the SQL of one noun each, as plain functions of a connection, to
be called inside `Store.write` and `Store.read`.  Knows nothing of who may do what.
"""
