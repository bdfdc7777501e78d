"""What the odds become once some years are known: futures weighed by, or moved to, what was observed.

Two rules. Weights are exact for any distribution: a future counts in proportion to the chance that it,
measured with error, shows what was observed; but few futures pass through many observed values. The linear
rule moves every future by the regression of its quantities on the observed ones (conditioning by kriging,
Matheron's rule): no draw is lost, and it is exact where logs and log-odds are jointly normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from threadpoolctl import threadpool_limits

from haidong_sim.coalitions import shapley_values
from haidong_sim.engine import effective_sample_size, stream, weighted_proportion, wilson_1927
from haidong_sim.errors import MonitoringError
from haidong_sim.indicators import catalogue
from haidong_sim.questions import off_scale, on_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from haidong_sim.answers.monitoring.observed import ObservedValue
    from haidong_sim.engine import ProportionInterval
    from haidong_sim.indicators import Scale
    from haidong_sim.questions import Question
    from haidong_sim.run import Result

    Floats = NDArray[np.float64]

Method = Literal["weights", "linear"]
LEAST_EFFECTIVE: Final = 0.1
"""Part of the draws that must be left for weights to be trusted."""

_LEAST_CHANCE: Final = 1e-6
"""Values found less likely than this contradict it: nothing is learnt from what it excludes."""

MOST_SHAPLEY: Final = 6


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Observed values beside the draws of the same quantities, on the scale of each indicator.

    Attributes
    ----------
    draws, noise
        Shape (value, draw); noise is standard normal, one stream a value.
    observed, sd
        Shape (value,); sd is that of the measurement.
    """

    values: tuple[ObservedValue, ...]
    draws: Floats
    observed: Floats
    sd: Floats
    noise: Floats

    @property
    def series(self) -> tuple[str, ...]:
        """The indicators observed, in the order of the file."""
        return tuple(dict.fromkeys(value.indicator for value in self.values))

    def rows_of(self, series: Sequence[str]) -> NDArray[np.int64]:
        """Return the positions of the values of some series."""
        return np.array(
            [n for n, value in enumerate(self.values) if value.indicator in series], dtype=np.int64
        )

    def surprise(self) -> tuple[Floats, float]:
        """Return how many sd each value is off its median, and the chance of values at least this far off."""
        from scipy.special import gammaincc

        gap = self.observed - self.draws.mean(axis=1)
        covariance = np.atleast_2d(np.cov(self.draws)) + np.diag(self.sd**2)
        distance = float(gap @ np.linalg.solve(covariance, gap))
        return gap / np.sqrt(np.diag(covariance)), float(gammaincc(len(gap) / 2.0, distance / 2.0))


def gather_evidence(result: Result, values: Sequence[ObservedValue], *, measurement_sd: float) -> Evidence:
    """Return the evidence of a run that kept the draws of the observed indicators."""
    base_year = int(result.years[0])
    assert result.entropy is not None
    noise = [
        stream(result.entropy, f"measurement:{value.indicator}:{value.year}", 0).standard_normal(result.draws)
        for value in values
    ]
    kept = [result[value.indicator][value.year - base_year] for value in values]
    scales = [_fitting_scale(draws, value.indicator) for draws, value in zip(kept, values, strict=True)]
    return Evidence(
        values=tuple(values),
        draws=np.array(
            [on_scale(draws.astype(np.float64), scale) for draws, scale in zip(kept, scales, strict=True)]
        ),
        observed=np.array([float(on_scale(v.value, scale)) for v, scale in zip(values, scales, strict=True)]),
        sd=np.array(
            [_measurement_sd(v, measurement_sd, scale) for v, scale in zip(values, scales, strict=True)]
        ),
        noise=np.array(noise),
    )


class Updater:
    """Probabilities of targets given any part of the evidence, all from one run.

    Parameters
    ----------
    result
        A run that kept the draws of every indicator that the targets and the evidence name.
    """

    def __init__(self, result: Result, functionals: Sequence[Question], evidence: Evidence) -> None:
        self._functionals = functionals
        self._evidence = evidence
        base_year = int(result.years[0])
        needed = sorted({key for functional in functionals for key in functional.requires})
        self._fixed = {key: result.path[key] for key in needed if key[1] == base_year}
        self._keys = [key for key in needed if key[1] > base_year]
        kept = [result[name][year - base_year] for name, year in self._keys]
        self._scales = [
            _fitting_scale(draws, name) for draws, (name, _) in zip(kept, self._keys, strict=True)
        ]
        self._states = np.array(
            [
                on_scale(draws.astype(np.float64), scale)
                for draws, scale in zip(kept, self._scales, strict=True)
            ]
        )
        self._met_before = self._met(self._states)
        centred = evidence.draws - evidence.draws.mean(axis=1, keepdims=True)
        with threadpool_limits(limits=1):
            self._own = centred @ centred.T / (result.draws - 1)
            self._with_states = centred @ self._states.T / (result.draws - 1)

    def before(self) -> ProportionInterval:
        """Return the probability of each target without any evidence."""
        return wilson_1927(self._met_before.sum(axis=1), self._met_before.shape[1])

    def effective_draws(self, factor: float = 1.0) -> float:
        """Return how many draws plain weights would leave, every measurement sd times `factor`."""
        return float(effective_sample_size(self._weights(self._evidence.series, factor)))

    def probabilities(
        self, method: Method, series: Sequence[str] | None = None, factor: float = 1.0
    ) -> ProportionInterval:
        """Return the probability of each target given some series, all if None."""
        known = self._evidence.series if series is None else tuple(series)
        if method == "weights":
            return weighted_proportion(self._met_before, self._weights(known, factor))
        met = self._met(self._moved(known, factor))
        return wilson_1927(met.sum(axis=1), met.shape[1])

    def contributions(self, method: Method) -> tuple[Floats, str]:
        """Split the change of each probability among the series, and name the rule of the split.

        Returns
        -------
        shape (series, target); sums to the change that all series make together
        """
        series = self._evidence.series
        if len(series) <= MOST_SHAPLEY:
            subsets = [
                [name for n, name in enumerate(series) if mask >> n & 1] for mask in range(1 << len(series))
            ]
            worth = [self._chance(method, subset) for subset in subsets]
            return shapley_values(np.array(worth)), "Shapley"
        steps = [self._chance(method, series[:n]) for n in range(len(series) + 1)]
        return np.diff(np.array(steps), axis=0), "one series after the other, in the order of the file"

    def _chance(self, method: Method, series: Sequence[str]) -> Floats:
        return self.probabilities(method, series).probability if series else self.before().probability

    def _weights(self, series: Sequence[str], factor: float) -> Floats:
        about, rows = self._evidence, self._evidence.rows_of(series)
        off = (about.draws[rows] - about.observed[rows, None]) / (factor * about.sd[rows, None])
        logs = -0.5 * np.sum(off**2, axis=0)
        return np.asarray(np.exp(logs - logs.max()))

    def _moved(self, series: Sequence[str], factor: float) -> Floats:
        about, rows = self._evidence, self._evidence.rows_of(series)
        sd = factor * about.sd[rows]
        own = self._own[np.ix_(rows, rows)] + np.diag(sd**2)
        gain = np.linalg.solve(own, self._with_states[rows]).T
        # Each future is moved by its own gap to the observation and a measurement error of its own.
        gap = about.observed[rows, None] + sd[:, None] * about.noise[rows] - about.draws[rows]
        # Long thin products: threads of the linear algebra get into each other's way.
        with threadpool_limits(limits=1):
            return np.asarray(self._states + gain @ gap)

    def _met(self, states: Floats) -> NDArray[np.bool_]:
        held: dict[tuple[str, int], float | Floats] = dict(self._fixed)
        for key, row, scale in zip(self._keys, states, self._scales, strict=True):
            held[key] = off_scale(row, scale)
        shape = states.shape[1:]
        met = [
            np.broadcast_to(functional.is_met(functional.margin(lambda *key: held[key])), shape)
            for functional in self._functionals
        ]
        return np.array(met, dtype=bool)


def _fitting_scale(draws: NDArray[np.floating], indicator: str) -> Scale:
    """Return the scale of an indicator, or the next one that all draws have a place on.

    A share of an exporter's own consumption may exceed 1 (non-fossil energy): it is then taken in logs.
    """
    scale = catalogue()[indicator].scale
    if scale == "logit" and not ((draws > 0.0) & (draws < 1.0)).all():
        scale = "log"
    return "identity" if scale == "log" and not (draws > 0.0).all() else scale


def _measurement_sd(value: ObservedValue, measurement_sd: float, scale: Scale) -> float:
    """Return the measurement sd of a value on a scale.

    It is a part of the value for levels and shares. Growth rates are revised by less than levels: theirs is
    half as large, in fractions a year.
    """
    own = value.measurement_sd
    if catalogue()[value.indicator].scale == "identity":
        return 0.5 * measurement_sd if own is None else own
    part = measurement_sd if own is None else own
    return part * {"log": 1.0, "logit": 1.0 / (1.0 - value.value), "identity": abs(value.value)}[scale]


def choose_method(updater: Updater, evidence: Evidence, *, draws: int, wanted: str) -> tuple[Method, float]:
    """Return the rule to update by and the number of draws that weights would leave.

    Raises
    ------
    MonitoringError
        If weights are wanted and too few draws would be left, or the scenario all but excludes the values.
    """
    left = updater.effective_draws()
    least = LEAST_EFFECTIVE * draws
    off, chance = evidence.surprise()
    worst = evidence.values[int(np.abs(off).argmax())]
    if chance < _LEAST_CHANCE:
        raise MonitoringError(
            f"the scenario gives the observed values a chance of {chance:.0e}: {worst.indicator} "
            f"{worst.year} (row {worst.row}) is {np.abs(off).max():.1f} sd off. Check its unit and vintage "
            "(with a row of the base year levels are spliced), or monitor a scenario that allows for it"
        )
    if wanted == "weights" and left < least:
        raise MonitoringError(
            f"weights leave {left:,.0f} of {draws:,} draws, fewer than the {least:,.0f} that they need. Use "
            "method 'linear', observe fewer values, or allow for a larger measurement sd; "
            f"the value furthest off is {worst.indicator} {worst.year} ({np.abs(off).max():.1f} sd)"
        )
    # The probabilities are also told at half the measurement sd, where fewer draws are left.
    is_plenty = updater.effective_draws(0.5) >= least
    return ("weights" if wanted == "weights" or (wanted == "auto" and is_plenty) else "linear"), left
