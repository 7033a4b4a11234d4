"""Horizontal bars as SVG, readable on light and on dark.

Decides: colours follow `prefers-color-scheme`; text is text; ours are filled, peers are grey.
Widths are linear, from zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LABEL, ROW, TOP = 720, 230, 26, 44

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 14px }
  .ours { fill: #0b6e4f }
  .peer { fill: #8c959f }
  .floor { fill: #bf8700 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .ours { fill: #3fb98a }
    .peer { fill: #6e7681 }
    .floor { fill: #d29922 }
  }"""


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    kind: str  # ours, peer or floor


def bars(title: str, unit: str, rows: Sequence[Bar]) -> str:
    """The plot's source."""
    height = TOP + ROW * len(rows) + 12
    most = max(row.value for row in rows)
    scale = (WIDTH - LABEL - 90) / most
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" role="img" aria-label="{escape(title)}">',
        f"<style>{STYLE}\n</style>",
        f'<text class="title" x="8" y="22">{escape(title)}</text>',
    ]
    for place, row in enumerate(rows):
        y = TOP + ROW * place
        width = max(1.0, row.value * scale)
        box = f'x="{LABEL}" y="{y}" width="{width:.1f}" height="18" rx="2"'
        number = f"{row.value:,.0f}" if row.value >= 100 else f"{row.value:.2f}"
        lines += [
            f'<text x="{LABEL - 8}" y="{y + 13}" text-anchor="end">{escape(row.label)}</text>',
            f'<rect class="{row.kind}" {box}/>',
            f'<text x="{LABEL + width + 6:.1f}" y="{y + 13}">{number} {escape(unit)}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
