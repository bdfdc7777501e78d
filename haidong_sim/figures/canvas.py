"""The look of every figure: sizes, colours, fonts with Chinese signs, titles, and files."""

from __future__ import annotations

import io
import re
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import Formatter

from haidong_sim.errors import OutputError
from haidong_sim.run import new_file
from haidong_sim.words import FRACTION_UNITS, shown_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from haidong_sim.words import Language

_CHINESE: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Droid Sans Fallback",
    # Older matplotlib reads only the first face of a collection, which here is the Japanese one.
    "Noto Sans CJK JP",
)
_LATIN: Final = ("Inter", "Source Sans 3", "Source Sans Pro", "Helvetica Neue", "Arial", "Liberation Sans")
_LAST: Final = "DejaVu Sans"  # travels with matplotlib
_CHINESE_FILES: Final = (
    "notosanscjk",
    "sourcehansans",
    "wqy",
    "simhei",
    "msyh",
    "pingfang",
    "droidsansfallback",
)


class MissingFontWarning(UserWarning):
    """No installed font can write Chinese; English labels are drawn instead."""


def _installed() -> set[str]:
    return {entry.name for entry in font_manager.fontManager.ttflist}


def _chinese_family() -> str | None:
    installed = _installed()
    found = next((name for name in _CHINESE if name in installed), None)
    if found is not None:
        return found
    # matplotlib remembers its list of fonts across runs; a font installed since then is not in it.
    for file in sorted(font_manager.findSystemFonts()):
        if Path(file).name.lower().replace("-", "").startswith(_CHINESE_FILES):
            font_manager.fontManager.addfont(file)
    installed = _installed()
    return next((name for name in _CHINESE if name in installed), None)


def usable_language(lang: Language) -> Language:
    """Return `lang`, or "en" with one warning if it is Chinese and no installed font can write it.

    Raises
    ------
    ValueError
        If `lang` is neither "en" nor "zh".
    """
    if lang not in {"en", "zh"}:
        raise ValueError(f"unknown language '{lang}'. Allowed: en, zh")
    if lang == "zh" and _chinese_family() is None:
        warnings.warn(
            "no installed font can write Chinese, so labels are in English; install one of "
            + ", ".join(_CHINESE[:5]),
            MissingFontWarning,
            stacklevel=3,
        )
        return "en"
    return lang


def font_families(lang: Language) -> list[str]:
    """Return the installed families to write `lang` with, best first; the last one always exists."""
    installed = _installed()
    latin = [name for name in _LATIN if name in installed][:1]
    chinese = _chinese_family()
    # Chinese stands behind the Latin face in English figures too: a place or a scenario may be named in it.
    order = [*([chinese] if chinese else []), _LAST]
    return order if lang == "zh" else [*latin, *order]


INK: Final = "#1c2733"
MUTED: Final = "#5f6b78"
FAINT: Final = "#c9d0d8"
GRID: Final = "#e6eaee"
PAPER: Final = "#ffffff"
BLUE: Final = "#1f5f99"
ORANGE: Final = "#c2500f"

BAND_TINTS: Final = ("#dce8f3", "#aecbe4", "#86b0d5", "#649ac7")
"""Nested bands from the outermost to the innermost."""

SECTOR_COLOURS: Final = {"primary": "#e3b23c", "secondary": "#3d6fa5", "tertiary": "#7fb7b2"}
LINE_COLOURS: Final = (BLUE, ORANGE, "#3b8b7d", "#8b5a9b", "#b08a1e", "#4d5866")

STATUS_COLOURS: Final = {
    "met": "#16796b",
    "on_the_edge": "#a87400",
    "missed": "#b8401f",
    "pace": "#4a6b96",
    "not_assessable": "#7b8592",
}
STATUS_MARKERS: Final = {"met": "o", "on_the_edge": "D", "missed": "X", "pace": ">", "not_assessable": "s"}
"""A shape beside each colour: a status is never told by colour alone."""


class UnitFormatter(Formatter):
    """Writes the ticks of a value axis: percent for fractions, thousands grouped, equal decimals."""

    def __init__(self, unit: str) -> None:
        self._unit = unit

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Write one tick."""
        del pos  # part of the signature that matplotlib calls
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Write all ticks with the decimals that the finest of them needs."""
        shown = [round(shown_value(float(value), self._unit), 9) for value in values]
        decimals = max((_decimal_places(value) for value in shown), default=0)
        sign = "%" if self._unit in FRACTION_UNITS else ""
        return [f"{value:,.{decimals}f}{sign}".replace("-", "\u2212") for value in shown]


def _decimal_places(value: float) -> int:
    return len(f"{value:.9f}".rstrip("0").partition(".")[2])


class Chart(Axes):
    """Axes that show their figure when they are the last expression of a notebook cell."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        figure = self.get_figure(root=True)
        assert figure is not None
        figure.savefig(buffer, format="png", dpi=144)
        return buffer.getvalue()


def new_chart(width: float = 7.6, height: float = 4.5) -> Chart:
    """Return empty axes on a figure of its own, `width` by `height` inches."""
    return new_charts(1, 1, width=width, height=height)[0, 0]  # type: ignore[no-any-return]


def new_charts(
    n_rows: int, n_columns: int, *, width: float, height: float, **grid: Any
) -> NDArray[np.object_]:
    """Return axes of shape (row, column) on one new figure of `width` by `height` inches."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor=PAPER)
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)  # type: ignore[union-attr,call-arg]
    spec = figure.add_gridspec(n_rows, n_columns, **grid)
    charts = np.empty((n_rows, n_columns), dtype=object)
    for row in range(n_rows):
        for column in range(n_columns):
            charts[row, column] = figure.add_subplot(spec[row, column], axes_class=Chart)
    return charts


def font(lang: Language, size: float = 9.0, *, bold: bool = False) -> FontProperties:
    """Return the font of a text in `lang`, `size` in points."""
    return FontProperties(family=font_families(lang), size=size, weight="bold" if bold else "normal")


def dress(ax: Axes, *, lang: Language, title: str, measure: str = "") -> None:
    """Give `ax` the common look: title and measure at the left, a light grid, no box."""
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(FAINT)
    ax.set_axisbelow(True)
    ax.grid(visible=True, axis="y", color=GRID, linewidth=0.8)
    ax.grid(visible=False, axis="x")
    ax.tick_params(
        length=0, pad=5, labelsize=9, labelcolor=MUTED, labelfontfamily=font_families(lang), colors=MUTED
    )
    ax.set_title(title, loc="left", fontproperties=font(lang, 12.5, bold=True), color=INK, pad=24)
    # The unit stands level above the axis, where it is read first, and not turned on its side.
    ax.set_ylabel(measure, rotation=0, ha="left", va="bottom", fontproperties=font(lang, 9), color=MUTED)
    ax.yaxis.set_label_coords(0.0, 1.02)


FOOTNOTE_DROP: Final = 46.0
"""Points from the axis down to the small print, under a legend of two rows."""

LEGEND_ROW: Final = 12.5
"""Points that a row of a legend takes."""


def add_legend(ax: Axes, handles: list[Any], *, lang: Language) -> int:
    """Put a frameless legend under the axis, in as few rows as fit its width, and return their number."""
    # A legend entry is as wide as its text and about seven letters of swatch and gap.
    widths = [(text_width(handle.get_label()) + 7) * 4.3 for handle in handles]
    rows = next(
        (rows for rows in range(1, len(widths)) if _legend_width(widths, rows) <= axes_width(ax)), len(widths)
    )
    columns = -(-len(handles) // max(1, rows))
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.0, -0.09),
        ncols=max(1, columns),
        frameon=False,
        prop=font(lang, 8.5),
        labelcolor=MUTED,
        handlelength=1.5,
        handletextpad=0.5,
        columnspacing=1.3,
        borderaxespad=0.2,
        borderpad=0.0,
    )
    return rows


def _legend_width(widths: Sequence[float], rows: int) -> float:
    """Return the width of a legend that is filled column by column."""
    return sum(max(widths[first : first + rows]) for first in range(0, len(widths), rows))


def axes_width(ax: Axes) -> float:
    """Return about the width of `ax` in points, before the layout is made.

    A chart that has the figure to itself is widened by the layout to nearly all of it.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    width = ax.get_position().width
    return float(max(width, 0.88 if width > 0.7 else 0.0) * figure.get_size_inches()[0] * 72.0)


def add_footnote(ax: Axes, text: str, *, lang: Language, drop: float = FOOTNOTE_DROP) -> None:
    """Write small print under `ax`, wrapped to its width, `drop` points below the axis."""
    ax.annotate(
        wrap(text, axes_width(ax) / 7.5 * 2.0),
        xy=(0.0, 0.0),
        xycoords="axes fraction",
        xytext=(0.0, -drop),
        textcoords="offset points",
        ha="left",
        va="top",
        fontproperties=font(lang, 7.5),
        color=MUTED,
        linespacing=1.35,
        annotation_clip=False,
    )


def text_width(text: str) -> int:
    """Return the width of `text` in half-widths: a Chinese character counts two, a Latin letter one."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def wrap(text: str, half_widths: float) -> str:
    """Break `text` into lines of at most `half_widths`, between words or between Chinese characters."""
    lines, line = [], ""
    for piece in _breakable(text):
        if line and text_width(line + piece.rstrip()) > half_widths:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return "\n".join([*lines, line.rstrip()])


def shorten(text: str, half_widths: int) -> str:
    """Cut `text` to `half_widths` with an ellipsis."""
    if text_width(text) <= half_widths:
        return text
    kept = ""
    for letter in text:
        if text_width(kept + letter) > half_widths - 1:
            break
        kept += letter
    return kept.rstrip() + "…"


def _breakable(text: str) -> list[str]:
    pieces = [""]
    for letter in text:
        # No line starts with Chinese punctuation.
        if ord(letter) > 0x2E7F and letter not in "，。；：、）」》！？":
            pieces.append(letter)
        elif letter == " ":
            pieces[-1] += letter
            pieces.append("")
        else:
            pieces[-1] += letter
    return pieces


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
