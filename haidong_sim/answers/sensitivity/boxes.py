"""A box in the space of inputs, how well it catches an outcome, and the sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from haidong_sim.answers.sensitivity.input_names import input_label, input_value
from haidong_sim.answers.sensitivity.study import Floats, Table
from haidong_sim.errors import EstimationError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from haidong_sim.words.labels import Language

SENTENCES = {
    "en": "Where {limits} ({mass} of {total} futures), {outcome} in {density}; "
    "this covers {coverage} of the futures with that outcome (it happens in {base} of all).",
    "zh": "当{limits}时（占{total}个情景的{mass}），{outcome}的比例为{density}，"
    "覆盖出现该结果的情景的{coverage}（总体比例为{base}）。",
}
NOWHERE = {
    "en": "No limit on any input sets these futures apart: {outcome} in {base} of {total} futures.",
    "zh": "没有任何输入的界限能区分这些情景：{outcome}的比例为{base}（共{total}个情景）。",
}
LIMITS = {
    "en": (
        "{name} is at least {low}",
        "{name} is at most {high}",
        "{name} is between {low} and {high}",
        " and ",
    ),
    "zh": ("{name}不低于{low}", "{name}不高于{high}", "{name}在{low}与{high}之间", "、"),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Box(Table):
    """Limits of the inputs (inclusive; infinite where free) and counts of draws.

    `low`, `high` (input,); `inside` draws in the box, `hits` of them with the outcome; `total` draws,
    `wanted` of them with the outcome; `p_values` (input,), where known, of each restriction: the chance that
    the box without it would give as many hits among as many draws.
    """

    inputs: tuple[str, ...]
    low: Floats
    high: Floats
    inside: int
    hits: int
    total: int
    wanted: int
    p_values: Floats | None = None

    @property
    def coverage(self) -> float:
        """Share of the draws with the outcome that lie in the box."""
        return self.hits / self.wanted if self.wanted else 0.0

    @property
    def density(self) -> float:
        """Share of the draws in the box that have the outcome."""
        return self.hits / self.inside if self.inside else 0.0

    @property
    def mass(self) -> float:
        """Share of all draws that lie in the box."""
        return self.inside / self.total

    @property
    def lift(self) -> float:
        """Coverage less the share of the other draws that the box also catches: 1 is perfect, 0 is chance."""
        others = self.total - self.wanted
        return self.coverage - ((self.inside - self.hits) / others if others else 0.0)

    @property
    def restricted(self) -> NDArray[np.intp]:
        """Numbers of the inputs that the box restricts."""
        return np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high))

    def contains(self, inputs: Floats) -> NDArray[np.bool_]:
        """Tell which draws of inputs (input, draw) lie in the box."""
        return box_contains(self.low, self.high, inputs)

    def frame(self) -> pd.DataFrame:
        """Return one line per restricted input: low, high, p_value, coverage, density, mass, n_inside, n."""
        use = self.restricted
        return pd.DataFrame(
            {
                "input": [self.inputs[number] for number in use],
                "low": self.low[use],
                "high": self.high[use],
                "p_value": np.full(len(use), np.nan) if self.p_values is None else self.p_values[use],
                "coverage": self.coverage,
                "density": self.density,
                "mass": self.mass,
                "n_inside": self.inside,
                "n": self.total,
            }
        )

    def sentence(
        self,
        outcome: str,
        *,
        language: Language = "en",
        labels: Mapping[str, str] | None = None,
        show: Callable[[str, float], str] | None = None,
    ) -> str:
        """Say the box in plain words.

        Parameters
        ----------
        outcome : str
            Completes the sentence, for instance "all binding targets are met" or "全部约束性目标达到".
        language : "en" or "zh"
        labels : mapping of input name to its label, optional
        show : callable, optional
            Takes an input's name and a value and returns the text of the value; by default `input_value`.

        Raises
        ------
        EstimationError
            If there are no sentences in this language.
        """
        if language not in SENTENCES:
            raise EstimationError(unknown_name("language", language, SENTENCES))
        write = show or partial(input_value, lang=language)
        words = {
            "outcome": outcome, "base": f"{self.wanted / self.total:.0%}", "total": f"{self.total:,}",
            "mass": f"{self.mass:.0%}", "density": f"{self.density:.0%}", "coverage": f"{self.coverage:.0%}",
        }  # fmt: skip
        if not self.restricted.size:
            return NOWHERE[language].format(**words)
        *phrases, joiner = LIMITS[language]
        parts = []
        for number in self.restricted:
            name = self.inputs[number]
            low, high = self.low[number], self.high[number]
            kind = 2 if np.isfinite(low) and np.isfinite(high) else int(np.isfinite(high))
            parts.append(
                phrases[kind].format(
                    name=(labels or {}).get(name, input_label(name, language)),
                    low=write(name, float(low)),
                    high=write(name, float(high)),
                )
            )
        return SENTENCES[language].format(limits=joiner.join(parts), **words)


def box_contains(low: Floats, high: Floats, inputs: Floats) -> NDArray[np.bool_]:
    """Tell which draws of inputs (input, draw) lie within the limits (input,)."""
    inside = np.ones(inputs.shape[1], dtype=bool)
    for number in np.flatnonzero(np.isfinite(low) | np.isfinite(high)):
        inside &= (inputs[number] >= low[number]) & (inputs[number] <= high[number])
    return inside


def count_box(
    low: Floats, high: Floats, inputs: Floats, wanted: NDArray[np.bool_], names: tuple[str, ...]
) -> Box:
    """Return the box with these limits (input,), counted on inputs (input, draw) and outcome (draw,)."""
    inside = box_contains(low, high, inputs)
    return Box(
        inputs=names,
        low=low,
        high=high,
        inside=int(inside.sum()),
        hits=int((inside & wanted).sum()),
        total=inputs.shape[1],
        wanted=int(wanted.sum()),
    )
