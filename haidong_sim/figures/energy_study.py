"""Which of the energy goals hold together: a field of squares over conventions, growth and rack power."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.patches import Patch, Rectangle

from haidong_sim.figures.canvas import (
    INK,
    MUTED,
    PAPER,
    STATUS_COLOURS,
    font,
    font_families,
    new_charts,
    usable_language,
)
from haidong_sim.words import say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from haidong_sim.words import Language

_STATES: Final = (
    ("both", STATUS_COLOURS["met"], "●", "both hold", "两者均可达到"),
    ("intensity", "#c9d9ea", "I", "only the intensity cut", "仅强度下降达标"),
    ("share", "#f0d9a8", "N", "only the non-fossil share", "仅非化石占比达标"),
    ("none", "#eceff2", "–", "neither", "均未达到"),
)
"""Name, colour, sign and words of each outcome; the sign tells it without the colour."""

_WORDS: Final = {
    "calorific": ("calorific", "电热当量"),
    "coal_equivalent": ("coal equiv.", "发电煤耗"),
    "production": ("produced here", "按生产"),
    "consumption": ("used here", "按消费"),
    "certificate": ("certificates", "按绿证"),
    "gross": ("gross", "总量"),
    "ex_feedstock": ("less feedstock", "扣除原料"),
    "ex_feedstock_nonfossil": ("less new clean power", "扣除新增非化石"),
}
_KEYS: Final = ["accounting", "attribution", "control"]


def plot_energy_study(frame: pd.DataFrame, *, title: str = "", lang: Language = "en") -> NDArray[np.object_]:
    """Draw the study of computing base, intensity control and non-fossil share.

    `frame` is that of `study_energy`. One panel per growth rate and effort: the least effort of the grid
    above, the most below. Returns the axes, shape (effort, growth).
    """
    lang = usable_language(lang)
    shown = _without_repeats(frame)
    conventions = [tuple(row) for row in shown[_KEYS].drop_duplicates().to_numpy()]
    growths = sorted(shown["gdp_growth"].unique())
    levels = shown[["extra_decline", "added_capacity"]]
    efforts = list(dict.fromkeys([tuple(levels.min()), tuple(levels.max())]))
    height = 2.0 + len(efforts) * (0.6 + 0.24 * len(conventions))
    axes = new_charts(len(efforts), len(growths), width=3.6 + 2.3 * len(growths), height=height)
    for row, effort in enumerate(efforts):
        part = shown[(shown["extra_decline"] == effort[0]) & (shown["added_capacity"] == effort[1])]
        for column, growth in enumerate(growths):
            ax = axes[row, column]
            _fill(ax, part[part["gdp_growth"] == growth], conventions)
            _name(ax, conventions if column == 0 else [], lang)
            heading = say(lang, f"GDP +{100 * growth:.0f}% a year", f"地区生产总值年均+{100 * growth:.0f}%")
            # The empty line keeps room for the words of the effort.
            ax.set_title(f"\n\n{heading}", loc="left", fontproperties=font(lang, 8.5), color=MUTED, pad=4)
        words = axes[row, 0].annotate(
            _effort_words(effort, lang), xy=(0, 1), xycoords="axes fraction", xytext=(0, 20),
            textcoords="offset points", fontproperties=font(lang, 9.5, bold=True), color=INK,
            annotation_clip=False,
        )  # fmt: skip
        # It may run over the neighbours: its width must not push them away.
        words.set_in_layout(False)
    _finish(axes, title, lang)
    return axes


def _without_repeats(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out a control that says the same as "gross" everywhere: a place without feedstock."""
    points = ["gdp_growth", "kw_per_rack", "extra_decline", "added_capacity", *_KEYS[:2]]
    cuts = frame.pivot_table(index=points, columns="control", values="energy_intensity_cut")
    same = [name for name in cuts if name != "gross" and np.allclose(cuts[name], cuts["gross"], rtol=1e-9)]
    return frame[~frame["control"].isin(same)]


def _effort_words(effort: tuple[float, float], lang: Language) -> str:
    decline, capacity = effort
    if not decline and not capacity:
        return say(lang, "As the scenario has it", "按情景设定")
    return say(
        lang,
        f"With {100 * decline:.1f}% a year more saving and {capacity:g} GW more clean capacity",
        f"每年再节能{100 * decline:.1f}%，再增{capacity * 100:g}万千瓦清洁装机",
    )


def _fill(ax: Axes, part: pd.DataFrame, conventions: list[tuple[str, ...]]) -> None:
    powers = sorted(part["kw_per_rack"].unique())
    held = part.set_index([*_KEYS, "kw_per_rack"])[["intensity_holds", "share_holds"]]
    for row, convention in enumerate(conventions):
        for column, power in enumerate(powers):
            intensity, share = (bool(value) for value in held.loc[(*convention, power)])
            state = 0 if intensity and share else 1 if intensity else 2 if share else 3
            _, colour, sign, _, _ = _STATES[state]
            ax.add_patch(Rectangle((column, row), 0.94, 0.9, color=colour, linewidth=0))
            ink = PAPER if state == 0 else MUTED
            ax.text(column + 0.47, row + 0.47, sign, ha="center", va="center", fontsize=7.5, color=ink)
    ax.set_xlim(-0.05, len(powers))
    ax.set_ylim(len(conventions), -0.1)
    ax.set_xticks([place + 0.47 for place in range(len(powers))], [f"{power:g}" for power in powers])


def _name(ax: Axes, conventions: list[tuple[str, ...]], lang: Language) -> None:
    for side in ax.spines.values():
        side.set_visible(False)
    ax.tick_params(length=0, labelsize=8, colors=MUTED, labelfontfamily=font_families(lang))
    names = [say(lang, ", ", "，").join(say(lang, *_WORDS[word]) for word in key) for key in conventions]
    ax.set_yticks([place + 0.45 for place in range(len(names))], names)


def _finish(axes: NDArray[np.object_], title: str, lang: Language) -> None:
    figure = axes[0, 0].get_figure(root=True)
    figure.suptitle(title, x=0.012, ha="left", fontproperties=font(lang, 12.5, bold=True), color=INK)
    for ax in axes[-1]:
        words = say(lang, "kW per rack (0: no base)", "每机架千瓦（0为不建）")
        ax.set_xlabel(words, fontproperties=font(lang, 8), color=MUTED)
    handles = [
        Patch(color=colour, label=f"{sign}  {say(lang, en, zh)}") for _, colour, sign, en, zh in _STATES
    ]
    figure.legend(
        handles=handles, loc="outside lower left", ncols=len(handles), frameon=False, prop=font(lang, 8.5),
        labelcolor=MUTED,
    )  # fmt: skip
