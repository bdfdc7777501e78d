"""Why energy and CO2 change along a path: LMDI over the model's own users of energy, and Kaya for CO2."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from haidong_sim.answers.attribution.lmdi import Decomposition, decompose_kaya, lmdi_effects
from haidong_sim.errors import EstimationError, public, unknown_name
from haidong_sim.run import Answer, replay_years

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from haidong_sim.engine import Rng
    from haidong_sim.run import RegistrySource, Replay, Subject

FACTORS: Final = ("activity", "population", "structure", "intensity")
"""Activity is GDP, tonnes of aluminium or racks; structure the place of each user in GDP or population."""

_OF_GDP: Final = ("primary", "secondary", "tertiary", "projects")
_OF_PEOPLE: Final = ("urban", "rural")
_PHYSICAL: Final = ("aluminium", "data_centres")
USERS: Final = (*_OF_GDP, *_OF_PEOPLE, *_PHYSICAL)

By = Literal["factor", "user", "both"]


@dataclass(frozen=True, kw_only=True, repr=False)
class EnergyDecomposition(Answer):
    """Effect of each factor on each user's energy, in 1e4 tce of the scenario's accounting.

    `effects` (step, factor, user, draw) sum over factors and users to the change of `totals`
    (step + 1, draw); a step leads from one of `years` to the next.
    """

    users: tuple[str, ...]
    years: tuple[int, ...]
    effects: NDArray[np.float64]
    totals: NDArray[np.float64]

    @property
    def total(self) -> Decomposition:
        """The same by factor alone, users added up, with its multiplicative form and residual."""
        return Decomposition(
            factors=FACTORS, years=self.years, effects=self.effects.sum(axis=2), totals=self.totals
        )

    def frame(self, by: By = "factor") -> pd.DataFrame:
        """Return effects by step and over the whole span: factor or user or both, years, effect, q05, q95.

        `effect` is the mean over draws, so that effects add up to the mean change.
        """
        if by not in {"factor", "user", "both"}:
            raise EstimationError(unknown_name("by", by, ("factor", "user", "both")))
        spans = [*zip(self.years[:-1], self.years[1:], self.effects, strict=True)]
        if len(spans) > 1:
            spans.append((self.years[0], self.years[-1], self.effects.sum(axis=0)))
        rows = []
        for start, stop, effects in spans:
            for names, values in self._cells(effects, by):
                low, high = np.quantile(values, [0.05, 0.95])
                rows.append(
                    {
                        **names,
                        "from_year": start,
                        "to_year": stop,
                        "effect": float(values.mean()),
                        "q05": float(low),
                        "q95": float(high),
                        "unit": "1e4 tce",
                    }
                )
        return pd.DataFrame(rows)

    def _cells(
        self, effects: NDArray[np.float64], by: By
    ) -> list[tuple[dict[str, str], NDArray[np.float64]]]:
        if by == "factor":
            return [({"factor": name}, effects[i].sum(axis=0)) for i, name in enumerate(FACTORS)]
        if by == "user":
            return [({"user": name}, effects[:, j].sum(axis=0)) for j, name in enumerate(self.users)]
        return [
            ({"user": user, "factor": factor}, effects[i, j])
            for j, user in enumerate(self.users)
            for i, factor in enumerate(FACTORS)
        ]

    def __repr__(self) -> str:
        return f"<EnergyDecomposition of {len(self.users)} users, {self.years[0]} to {self.years[-1]}>"


@public
def decompose_energy(
    subject: Subject,
    first_year: int | None = None,
    last_year: int | None = None,
    *,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
) -> EnergyDecomposition:
    """Split the change of energy use between two years over users and factors, chained yearly.

    A user that starts from nothing, as a computing base does, goes whole to what was zero before: its place
    in GDP (the analytic limit; no small number stands in for zero).

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path.
    first_year, last_year
        The span; the whole run if None.
    draws
        Futures, for ranges of each effect; None or 0 for the path without shocks.
    rng, registry
        As in `simulate`.

    Raises
    ------
    EstimationError
        If the years are not in the run, in order.
    """
    replay = replay_years(subject, draws=draws, rng=rng, registry=registry)
    years = _span(replay, first_year, last_year)
    users = tuple(name for name in USERS if any(f"energy_{name}" in replay.years[year] for year in years))
    size = draws or 1
    stacked = np.stack([_factors(replay.years[year], users, size) for year in years])
    totals = np.stack([_wide(replay.years[year]["energy_consumption"], size) for year in years])
    effects = np.stack([lmdi_effects(*pair) for pair in pairwise(stacked)])
    return EnergyDecomposition(users=users, years=years, effects=effects, totals=totals)


@public
def decompose_carbon(
    subject: Subject,
    first_year: int | None = None,
    last_year: int | None = None,
    *,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
) -> Decomposition:
    """Split the change of CO2 over people, GDP per head, energy intensity and carbon content (Kaya).

    Energy and CO2 are those of the scenario's convention and scope, arguments those of `decompose_energy`.

    Raises
    ------
    EstimationError
        If the years are not in the run, in order.
    """
    replay = replay_years(subject, draws=draws, rng=rng, registry=registry)
    years = _span(replay, first_year, last_year)
    size = draws or 1
    people, gdp, energy, carbon = (
        np.stack([_wide(replay.years[year][name], size) for year in years])
        for name in ("resident_population", "gdp_constant", "energy_consumption", "co2_emissions")
    )
    return decompose_kaya(
        years, resident_population=people, gdp_constant=gdp, energy_consumption=energy, co2_emissions=carbon
    )


def _span(replay: Replay, first_year: int | None, last_year: int | None) -> tuple[int, ...]:
    known = sorted(replay.years)
    first = known[0] if first_year is None else first_year
    last = known[-1] if last_year is None else last_year
    if not known[0] <= first < last <= known[-1]:
        raise EstimationError(
            f"years {first} to {last}: the first must lie before the last, both in {known[0]} … {known[-1]}"
        )
    return tuple(range(first, last + 1))


def _factors(current: Mapping[str, Any], users: tuple[str, ...], size: int) -> NDArray[np.float64]:
    """Return activity, population, structure and intensity of each user, shape (factor, user, draw)."""
    out = np.ones((len(FACTORS), len(users), size))
    for number, user in enumerate(users):
        volume = _wide(current.get(f"activity_{user}", 0.0), size)
        energy = _wide(current.get(f"energy_{user}", 0.0), size)
        if user in _PHYSICAL:
            out[0, number] = volume
        else:
            factor, whole = (0, "gdp_constant") if user in _OF_GDP else (1, "resident_population")
            out[factor, number] = current[whole]
            out[2, number] = volume / current[whole]
        # An intensity of nothing is not defined; the split takes it as unchanged.
        out[3, number] = np.divide(energy, volume, out=np.full(size, np.nan), where=volume > 0)
    return out


def _wide(value: Any, size: int) -> NDArray[np.float64]:
    return np.broadcast_to(np.asarray(value, dtype=np.float64), size)
