"""Writes figures so that the same figure gives the same bytes: no date, no version, fixed identifiers."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from haidong_sim.errors import OutputError
from haidong_sim.run.saving import new_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_FORMATS = (".svg", ".png")
_IDENTIFIER = re.compile(r'\bid="([a-zA-Z][0-9a-f]{10})"')
_REFERENCE = re.compile(r'(?P<before>\bid="|url\(#|href="#)(?P<name>[^")]+)(?P<after>["\)])')
_LAST_FAMILY = "'DejaVu Sans'"
# The text is written with the fonts of whoever reads it, who may have none of those measured here.
_READERS_FAMILIES = ", 'Helvetica Neue', Arial, 'PingFang SC', 'Microsoft YaHei', sans-serif"
_MOST_LAYOUTS = 8
_SETTLED = 1e-11  # of the figure's width: far below the last digit that is written


def figure_svg(ax: Axes) -> str:
    """Return the whole figure of `ax` as SVG with real text: small, searchable, sharp at any size."""
    buffer = io.BytesIO()
    # The context restores rcParams on leaving: text mode cannot be set per figure.
    with mpl.rc_context({"svg.fonttype": "none"}), _settled(ax) as figure:
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue().decode("utf-8").replace(_LAST_FAMILY, _LAST_FAMILY + _READERS_FAMILIES)
    return _number_identifiers(svg)


def _number_identifiers(svg: str) -> str:
    """Renumber all identifiers in order: matplotlib takes them from chance or from the last float digit."""
    found = dict.fromkeys(_IDENTIFIER.findall(svg))
    numbers = {identifier: f"{identifier[0]}{number}" for number, identifier in enumerate(found, 1)}
    return _REFERENCE.sub(
        lambda match: match["before"] + numbers.get(match["name"], match["name"]) + match["after"], svg
    )


def figure_png(ax: Axes, *, dpi: int = 160) -> bytes:
    """Return the whole figure of `ax` as a PNG picture."""
    buffer = io.BytesIO()
    with _settled(ax) as figure:
        figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def figure_files(ax: Axes, name: str, *endings: str) -> dict[str, bytes]:
    """Return the whole figure of `ax` as files, of each ending one: "svg" or "png"."""
    return {
        f"{name}.{ending}": figure_svg(ax).encode() if ending == "svg" else figure_png(ax)
        for ending in endings
    }


def write_figure(ax: Axes, path: str | Path, *, dpi: int = 160, force: bool = False) -> Path:
    """Write the whole figure of `ax` as .svg or .png, by the ending of `path`.

    Raises
    ------
    OutputError
        If the ending is another one, the file exists and `force` is not set, or it cannot be written.
    """
    path = Path(path)
    if path.suffix not in _FORMATS:
        raise OutputError(f"figure '{path.name}': ending '{path.suffix}' is not one of {', '.join(_FORMATS)}")
    with new_file(path, force=force) as draft:
        draft.write_bytes(figure_svg(ax).encode() if path.suffix == ".svg" else figure_png(ax, dpi=dpi))
    return path


@contextmanager
def _settled(ax: Axes) -> Iterator[Figure]:
    """Yield the figure of `ax` with its layout settled, and at rest while it is drawn.

    The constrained layout starts from where it last ended and moves a little each time; without settling,
    the second file of a figure would differ from the first in the last digits.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    engine = figure.get_layout_engine()
    if engine is None:
        yield figure
        return
    before = _positions(figure)
    for _ in range(_MOST_LAYOUTS):
        engine.execute(figure)
        now = _positions(figure)
        if np.abs(now - before).max() < _SETTLED:
            break
        before = now
    figure.set_layout_engine("none")
    try:
        yield figure
    finally:
        figure.set_layout_engine(engine)


def _positions(figure: Figure) -> NDArray[np.float64]:
    return np.array([item.get_position().bounds for item in figure.axes])
