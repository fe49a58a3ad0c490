"""PostgreSQL as the engine of the store: an extra of the package, `hubbub[postgres]`.

`address` and `limits` are there without it; everything else needs psycopg.
"""
