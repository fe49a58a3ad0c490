"""The results as an SVG: a group of bars for each figure, the longest of the group as wide as the picture."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from benchmarks.plan import Planned
from benchmarks.rounds import Results

WIDTH, LABEL, VALUE = 760, 110, 110  # px
BAR, GAP, TITLE = 18, 4, 30  # px
_COLOURS = {"hubbub": "#3b5bdb", "hubbub-tls": "#748ffc", "hubbub-h2": "#91a7ff"}
_PEER, _TEXT = "#adb5bd", "#212529"


def draw(plan: Sequence[Planned], results: Results) -> str:
    """An SVG document; lengths within a group are in proportion, from zero."""
    shapes: list[str] = []
    top = GAP
    for planned in plan:
        by_side = results[planned.name]
        for figure in next(iter(by_side.values())).figures if by_side else []:
            medians = {name: result.median(figure) for name, result in by_side.items()}
            shapes.append(_text(0, top + TITLE - 10, f"{planned.title}: {figure}", weight="bold"))
            top += TITLE
            for name, median in medians.items():
                shapes += _bar(top, name, median, max(medians.values()))
                top += BAR + GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" font-family="sans-serif">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{top}" fill="#fff"/>', *shapes, "</svg>", ""])


def _bar(top: int, name: str, value: float, longest: float) -> list[str]:
    length = (WIDTH - LABEL - VALUE) * max(value, 0.0) / longest if longest > 0 else 0.0
    colour = _COLOURS.get(name, _PEER)
    return [
        _text(0, top + BAR - 5, name),
        f'<rect x="{LABEL}" y="{top}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>',
        _text(LABEL + length + GAP, top + BAR - 5, f"{value:,.1f}"),
    ]


def _text(x: float, y: float, text: str, weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y}" font-size="14" font-weight="{weight}" fill="{_TEXT}">{escape(text)}</text>'
