"""`result.plot`: the charts of one result, without saying again what the result already knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from haidong_sim.figures.board import plot_board
from haidong_sim.figures.fan import (
    GROWTH_INDICATORS,
    HEADLINE_INDICATORS,
    QUANTILES,
    plot_fan,
    plot_fans,
    plot_paths,
    published_points,
)
from haidong_sim.figures.illustrations import draw_illustrations
from haidong_sim.figures.shares import plot_shares

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from haidong_sim.figures.illustrations import Illustration
    from haidong_sim.place import Registry
    from haidong_sim.words import Language


class Plottable(Protocol):
    """What a result must offer to be drawn."""

    def frame(self) -> pd.DataFrame:
        """Return the tidy frame."""

    def check(self) -> pd.DataFrame:
        """Return the check table."""

    @property
    def registry(self) -> Registry:
        """The registry with the published points."""


class PlotAccessor:
    """Draws one result; every method takes `ax` or `axes` and makes a figure only if it gets none."""

    def __init__(self, result: Plottable) -> None:
        self._result = result

    def fan(
        self,
        indicator: str,
        ax: Axes | None = None,
        quantiles: Sequence[float] = QUANTILES,
        lang: Language = "en",
        **options: Any,
    ) -> Axes:
        """Draw one indicator as a fan chart; see `plot_fan`."""
        return plot_fan(
            self._result.frame(),
            indicator,
            ax=ax,
            quantiles=quantiles,
            lang=lang,
            check=self._result.check(),
            history=published_points(self._result.registry),
            **options,
        )

    def fans(
        self,
        indicators: Sequence[str] = HEADLINE_INDICATORS,
        axes: NDArray[np.object_] | None = None,
        lang: Language = "en",
        **options: Any,
    ) -> NDArray[np.object_]:
        """Draw several indicators as small fan charts; see `plot_fans`."""
        return plot_fans(
            self._result.frame(),
            indicators,
            axes=axes,
            lang=lang,
            check=self._result.check(),
            history=published_points(self._result.registry),
            **options,
        )

    def shares(self, ax: Axes | None = None, lang: Language = "en", **options: Any) -> Axes:
        """Draw the industry shares as a stack; see `plot_shares`."""
        return plot_shares(self._result.frame(), ax=ax, lang=lang, **options)

    def paths(
        self,
        indicators: Sequence[str] = GROWTH_INDICATORS,
        ax: Axes | None = None,
        lang: Language = "en",
        **options: Any,
    ) -> Axes:
        """Draw the medians of indicators of one unit; see `plot_paths`."""
        return plot_paths(self._result.frame(), indicators, ax=ax, lang=lang, **options)

    def board(
        self,
        axes: NDArray[np.object_] | None = None,
        targets: Sequence[str] | None = None,
        lang: Language = "en",
    ) -> NDArray[np.object_]:
        """Draw the target board beside the counts of all targets; see `plot_board`."""
        return plot_board(self._result.check(), axes=axes, targets=targets, lang=lang)

    def illustrations(self, lang: Language = "en", **options: Any) -> Iterator[Illustration]:
        """Draw the standard figures of a run, each with its caption; see `draw_illustrations`."""
        return draw_illustrations(
            self._result.frame(),
            check=self._result.check(),
            history=published_points(self._result.registry),
            lang=lang,
            **options,
        )
