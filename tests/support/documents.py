"""What tests ask of the documents of the contract."""

from __future__ import annotations


def references(node: object) -> set[str]:
    """Every `$ref` below a node."""
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()
