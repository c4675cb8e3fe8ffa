"""What all pictures share: colours that colour-blind people tell apart, and how files are written.

Nothing here or in its users touches pyplot: figures are plain objects, with no global state.
"""

from __future__ import annotations

import io
import warnings
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.colors import hsv_to_rgb, to_hex
from matplotlib.figure import Figure

from odesolve.names import PICTURE_SUFFIXES
from odesolve.processes import is_first

__all__ = ["PALETTE", "distinct_colors", "luminance", "save_picture"]

#: Okabe and Ito's colours ("Color universal design", 2008), and three that differ from them by
#: lightness too.
PALETTE = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#f0e442",
    "#d55e00",
    "#332288",
    "#999999",
    "#5c2e00",
)


def distinct_colors(count: int) -> list[str]:
    """Colours as ``#rrggbb``: of the palette, or evenly spaced hues when it has too few."""
    if count <= len(PALETTE):
        return list(PALETTE[:count])
    # Hues next to each other also differ in saturation and brightness.
    kinds = ((0.85, 0.95), (0.5, 0.95), (0.9, 0.6))
    numbers = range(count)
    triples = [hsv_to_rgb((number / count, *kinds[number % len(kinds)])) for number in numbers]
    return [str(to_hex(tuple(triple.tolist()))) for triple in triples]


def luminance(color: str) -> float:
    """Relative luminance of ``#rrggbb``, from 0 (black) to 1 (white), as in WCAG 2."""
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def save_picture(path: str | PathLike[str], figure: Figure) -> None:
    """Write a figure as PNG, PDF or SVG by the file's extension.

    The same figure gives the same bytes. The file is written only when the picture is complete;
    of processes that solve together, the first writes it.

    Raises:
        ValueError: another extension.
        OSError: the file cannot be written.
    """
    suffix = Path(fspath(path)).suffix.lower()
    if suffix not in PICTURE_SUFFIXES:
        raise ValueError(f"{fspath(path)}: a picture is {' or '.join(PICTURE_SUFFIXES)}")
    undated: dict[str, Any] = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}
    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "odesolve",
        "pdf.fonttype": 42,
    }
    buffer = io.BytesIO()
    with rc_context(settings), warnings.catch_warnings():
        # A node's name may be in a script that the font lacks: it shows as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        _settle_layout(figure)
        figure.savefig(buffer, format=suffix[1:], metadata=undated.get(suffix))
    if is_first():
        Path(path).write_bytes(buffer.getvalue())


def _settle_layout(figure: Figure) -> None:
    """Fix the axes' places: the layout's solver varies in the last digit from call to call."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = axes.get_position(original=True).bounds
        axes.set_position((round(left, 5), round(bottom, 5), round(width, 5), round(height, 5)))
