"""Sensitivity of a run or a scenario: one call, every outcome and year asked, a tidy table back."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy.special import ndtr
from threadpoolctl import threadpool_limits

from haidong_sim.errors import EstimationError, unknown_name
from haidong_sim.sensitivity.discovery import Discovery, discover_box
from haidong_sim.sensitivity.flips import estimate_probability_flips
from haidong_sim.sensitivity.given_data import estimate_first_order
from haidong_sim.sensitivity.information import estimate_information_value
from haidong_sim.sensitivity.marginals import normal_marginal
from haidong_sim.sensitivity.morris import estimate_morris
from haidong_sim.sensitivity.one_at_a_time import estimate_one_at_a_time
from haidong_sim.sensitivity.pawn import estimate_pawn
from haidong_sim.sensitivity.probability import estimate_probability_sensitivity
from haidong_sim.sensitivity.ranks import estimate_rank_correlation
from haidong_sim.sensitivity.replay import Outcome, Setting, evaluate, replay, set_up_questions
from haidong_sim.sensitivity.shapley_linear import estimate_shapley_linear
from haidong_sim.sensitivity.sobol_design import estimate_sobol
from haidong_sim.sensitivity.study import Table
from haidong_sim.sensitivity.uncertain import factors_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from haidong_sim.ensemble.result import Result
    from haidong_sim.scenario import Scenario
    from haidong_sim.sensitivity.study import Floats, Model, Rng


@dataclass(frozen=True, kw_only=True, repr=False)
class Sensitivity(Table):
    """The table of one method, with what is needed to make it again."""

    scenario: str
    method: str
    entropy: int
    draws: int
    table: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """Return scenario, outcome (or target), year, input and the columns of the method."""
        return self.table.copy()


def analyze_sensitivity(
    subject: Result | Scenario,
    outcomes: Sequence[str] | None = None,
    *,
    method: str = "given_data",
    years: Sequence[int] | None = None,
    draws: int = 32_768,
    rng: Rng = None,
    **options: Any,
) -> Sensitivity:
    """Say which uncertain quantities decide the outcomes.

    Parameters
    ----------
    subject
        A run, whose scenario and streams are drawn from again (plainly: intervals are then honest; a run with
        `sampler="mc"` gives its own draws), or a scenario.
    outcomes
        Targets and indicators; every target if None. A target's outcome is its margin.
    method
        From draws: "given_data" (S1, rank correlation, PAWN), "shapley" (linear fit, dependence respected),
        "probability", "flips", "information" (targets only). By design, over independent factors: "sobol",
        "morris", "tornado".
    draws
        Most draws of the run to use; base points of "sobol" by `base_points=`.
    options
        Passed to the method.

    Raises
    ------
    EstimationError
        If a method, outcome or year is unknown, or nothing is uncertain.
    ModelError
        If an outcome is not finite.
    """
    if method not in METHODS:
        raise EstimationError(unknown_name("method", method, METHODS))
    setting = set_up_questions(subject, outcomes, years, draws=draws, rng=rng)
    if not setting.outcomes:
        raise EstimationError("there is no outcome to explain: name an indicator or a target")
    generator = np.random.default_rng(setting.entropy)
    # The products here are narrow: threads of the linear algebra would wait for each other.
    with threadpool_limits(limits=1):
        table = METHODS[method](setting, generator, options)
    table.insert(0, "scenario", setting.program.scenario.name)
    return Sensitivity(
        scenario=setting.program.scenario.name,
        method=method,
        entropy=setting.entropy,
        draws=setting.draws,
        table=table,
    )


def discover(
    subject: Result | Scenario,
    outcome: str | Sequence[str] = "binding",
    *,
    draws: int = 32_768,
    rng: Rng = None,
    **options: Any,
) -> Discovery:
    """Find the inputs under which targets are met, as a box and a sentence.

    Parameters
    ----------
    outcome
        A target, several (met together), "binding" (all binding targets) or "all".
    options
        Passed to `discover_box`: `density`, `alpha`, `least_mass`, `resamples`.

    Raises
    ------
    EstimationError
        If a target is unknown or not projected, or the outcome is the same in every draw.
    """
    names = [outcome] if isinstance(outcome, str) and outcome not in {"binding", "all"} else outcome
    setting = set_up_questions(subject, None, None, draws=draws, rng=rng)
    binding = {target.id for target in setting.registry.targets if target.binding == "binding"}
    first = {one.name: one for one in setting.outcomes if one.functional and not one.functional.reading}
    if isinstance(names, str):
        names = [name for name in first if names == "all" or name in binding]
    if unknown := [name for name in names if name not in first]:
        raise EstimationError(unknown_name("projected target", unknown[0], first))
    if not names:
        raise EstimationError("no binding target is projected in this scenario")
    asked = Setting(
        program=setting.program,
        registry=setting.registry,
        entropy=setting.entropy,
        draws=setting.draws,
        outcomes=tuple(first[name] for name in names),
    )
    years = replay(asked)
    together = np.logical_and.reduce([year.met.all(axis=0) for year in years])
    last = max(years, key=lambda year: year.year)
    return discover_box(last.inputs, together, input_names=last.names, rng=setting.entropy, **options)


def _from_draws(
    estimators: tuple[Callable[..., Table], ...], *, of_targets: bool, seeded: tuple[bool, ...]
) -> Callable[[Setting, np.random.Generator, Mapping[str, Any]], pd.DataFrame]:
    """Return the method that asks each estimator about the draws of each year and joins their columns."""

    def method(setting: Setting, rng: np.random.Generator, options: Mapping[str, Any]) -> pd.DataFrame:
        tables = []
        for year in replay(setting):
            use = [number for number, one in enumerate(year.outcomes) if one.functional or not of_targets]
            if not use:
                continue
            named = _named([year.outcomes[number] for number in use], of_targets=of_targets)
            values = year.met if of_targets else year.found[use]
            parts = []
            for estimate, needs_rng in zip(estimators, seeded, strict=True):
                own = {"rng": rng} if needs_rng else {}
                found = estimate(year.inputs, values, input_names=year.names, **named, **own, **options)
                parts.append(found.frame())
            joined = _joined(parts)
            joined.insert(1, "year", year.year)
            tables.append(joined)
        if not tables:
            raise EstimationError("this method is about targets: name one, or leave outcomes out")
        return pd.concat(tables, ignore_index=True)

    return method


def _named(outcomes: list[Outcome], *, of_targets: bool) -> dict[str, Any]:
    return {"target_names" if of_targets else "outcome_names": [outcome.name for outcome in outcomes]}


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the columns of several methods about the same rows side by side; the first one's names stay."""
    whole = parts[0]
    for part in parts[1:]:
        word = str(part["method"].iloc[0]).split(",")[0].lower()
        new = part.drop(columns=["outcome", "input", "n", "method", "note"])
        taken = {name: f"{word}_{name}" for name in new if name in whole}
        whole = whole.join(new.rename(columns=taken))
    return whole


def _sobol(setting: Setting, rng: np.random.Generator, options: Mapping[str, Any]) -> pd.DataFrame:
    factors = factors_of(setting.program)
    if not factors.groups:
        raise EstimationError(f"nothing is uncertain in scenario '{setting.program.scenario.name}'")

    def model(columns: Floats) -> Floats:
        return evaluate(setting, factors.variates(columns), columns.shape[1])

    # In hundreds of dimensions some pairs of a Sobol' net are still lines at these sizes, and the error of an
    # index then exceeds its interval (seen: four standard errors). Plain points keep the intervals honest.
    plain: dict[str, Any] = {"sampler": "mc", "base_points": 8192, **options}
    found = estimate_sobol(
        model, factors.marginals, groups=factors.groups, outcome_names=_row_names(setting), rng=rng, **plain
    )
    return _with_years(found.frame(), setting)


def _leading_model(setting: Setting) -> tuple[Model, dict[str, Any]]:
    """Return the model of one number per factor, and the quantile functions of these numbers."""
    factors = factors_of(setting.program)
    if not factors.leading:
        raise EstimationError(f"nothing is uncertain in scenario '{setting.program.scenario.name}'")
    return (
        lambda scores: evaluate(setting, factors.along(scores), scores.shape[1]),
        dict.fromkeys(factors.leading, normal_marginal(0, 1)),
    )


def _morris(setting: Setting, rng: np.random.Generator, options: Mapping[str, Any]) -> pd.DataFrame:
    model, marginals = _leading_model(setting)
    found = estimate_morris(model, marginals, outcome_names=_row_names(setting), rng=rng, **options)
    return _with_years(found.frame(), setting)


def _tornado(setting: Setting, _: np.random.Generator, options: Mapping[str, Any]) -> pd.DataFrame:
    model, marginals = _leading_model(setting)
    found = estimate_one_at_a_time(model, marginals, outcome_names=_row_names(setting), **options)
    table = found.frame().rename(columns={"input_low": "level_low", "input_high": "level_high"})
    # The moved numbers are normal scores: their levels say more than their values.
    table["level_low"], table["level_high"] = ndtr(table["level_low"]), ndtr(table["level_high"])
    return _with_years(table, setting)


def _row_names(setting: Setting) -> list[str]:
    return [f"{outcome.name}|{outcome.year}" for outcome in setting.outcomes]


def _with_years(table: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Take the year out of the row names again."""
    known = {f"{outcome.name}|{outcome.year}": outcome for outcome in setting.outcomes}
    rows = [known[name] for name in table["outcome"]]
    table["outcome"] = [outcome.name for outcome in rows]
    table.insert(1, "year", [outcome.year for outcome in rows])
    return table


METHODS: Final[Mapping[str, Callable[[Setting, np.random.Generator, Mapping[str, Any]], pd.DataFrame]]] = (
    MappingProxyType(
        {
            "given_data": _from_draws(
                (estimate_first_order, estimate_rank_correlation, estimate_pawn),
                of_targets=False,
                seeded=(True, False, True),
            ),
            "shapley": _from_draws((estimate_shapley_linear,), of_targets=False, seeded=(True,)),
            "probability": _from_draws((estimate_probability_sensitivity,), of_targets=True, seeded=(False,)),
            "flips": _from_draws((estimate_probability_flips,), of_targets=True, seeded=(False,)),
            "information": _from_draws((estimate_information_value,), of_targets=True, seeded=(True,)),
            "sobol": _sobol,
            "morris": _morris,
            "tornado": _tornado,
        }
    )
)

__all__ = ["METHODS", "Sensitivity", "analyze_sensitivity", "discover"]
