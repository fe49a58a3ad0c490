"""REST under `/api/v1`: Quart blueprints, one operation a route, and the documents that describe them."""
