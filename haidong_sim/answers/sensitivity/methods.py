"""The methods by name: each takes a scenario made ready for questions and returns its table."""

from __future__ import annotations

from dataclasses import replace
from inspect import Parameter, signature
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from haidong_sim.answers.sensitivity.conventions import tabulate_conventions
from haidong_sim.answers.sensitivity.flips import (
    estimate_margin_flips,
    estimate_probability_flips,
    estimate_probability_sensitivity,
)
from haidong_sim.answers.sensitivity.given_data import explain_alone
from haidong_sim.answers.sensitivity.information import estimate_information_value
from haidong_sim.answers.sensitivity.morris import estimate_morris
from haidong_sim.answers.sensitivity.one_at_a_time import estimate_one_at_a_time
from haidong_sim.answers.sensitivity.pawn import measure_distances
from haidong_sim.answers.sensitivity.ranks import correlate_ranks
from haidong_sim.answers.sensitivity.replay import Setting, evaluate, replay
from haidong_sim.answers.sensitivity.shapley import estimate_shapley_linear
from haidong_sim.answers.sensitivity.sobol import estimate_sobol
from haidong_sim.answers.sensitivity.study import require_study
from haidong_sim.answers.sensitivity.uncertain import factors_of
from haidong_sim.errors import ArgumentError, EstimationError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from haidong_sim.answers.sensitivity.study import Floats, Model, Study
    from haidong_sim.answers.sensitivity.uncertain import Factors
    from haidong_sim.run import Answer

NO_TARGETS: Final = "this method is about targets: name one, or leave outcomes out"


def _given_data(setting: Setting, _: np.random.Generator, options: Mapping[str, Any]) -> pd.DataFrame:
    """Describe the draws by first-order indices, rank correlations and PAWN side by side."""
    draws = replay(setting)
    # What stands once is worked on once: an input of every year together with all outcomes.
    blocks = [(slice(0, len(draws.outcomes)), slice(0, draws.common))]
    blocks += [(draws.rows_of(year), draws.columns_of(year)) for year in draws.own]
    study = require_study(
        draws.inputs,
        draws.found,
        input_names=[f"{name}|{number}" for number, name in enumerate(draws.names)],
        outcome_names=[f"{outcome.name}|{outcome.year}" for outcome in draws.outcomes],
    )
    study = replace(study, asked=tuple((rows, own) for rows, own in blocks if own.start < own.stop))
    table = _described(study, **options)[study.is_asked.ravel()]
    table["input"] = table["input"].str.rpartition("|")[0]
    table = _with_years(table, setting)
    shown = {name: number for number, name in enumerate(draws.order)}
    row = np.repeat(np.arange(len(draws.outcomes)), study.is_asked.sum(axis=1))
    return table.iloc[np.lexsort((table["input"].map(shown), row))].reset_index(drop=True)


def _described(study: Study, *, confidence: float = 0.95) -> pd.DataFrame:
    # Every method here asks for ranks, which the study makes once.
    alone = explain_alone(study, confidence=confidence)
    return _joined(
        [alone.frame(), correlate_ranks(study, confidence).frame(), measure_distances(study).frame()]
    )


def _from_draws(
    estimate: Callable[..., Answer], *, of_targets: bool, seeded: bool
) -> Callable[[Setting, np.random.Generator, Mapping[str, Any]], pd.DataFrame]:
    """Return the method that asks `estimate` about the draws of each year."""

    def method(setting: Setting, rng: np.random.Generator, options: Mapping[str, Any]) -> pd.DataFrame:
        tables = []
        own = {"rng": rng} if seeded else {}
        for year in replay(setting).by_year():
            use = [number for number, one in enumerate(year.outcomes) if one.functional or not of_targets]
            if not use:
                continue
            names = {
                "target_names" if of_targets else "outcome_names": [year.outcomes[at].name for at in use]
            }
            values = year.met if of_targets else year.found[use]
            table = estimate(year.inputs, values, input_names=year.names, **names, **own, **options).frame()
            table.insert(1, "year", year.year)
            tables.append(table)
        if not tables:
            raise EstimationError(NO_TARGETS)
        return pd.concat(tables, ignore_index=True)

    return method


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
    factors = _require_factors(setting)

    def model(columns: Floats) -> Floats:
        return evaluate(setting, factors.variates(columns), columns.shape[1])

    # In hundreds of dimensions some pairs of a Sobol' net are still lines at these sizes, and the error of an
    # index then exceeds its interval (seen: four standard errors). Plain points keep the intervals honest.
    plain: dict[str, Any] = {"sampler": "mc", "base_points": 8192, **options}
    found = estimate_sobol(
        model, factors.marginals, groups=factors.groups, outcome_names=_row_names(setting), rng=rng, **plain
    )
    return _with_years(found.frame(), setting)


def _require_factors(setting: Setting) -> Factors:
    factors = factors_of(setting.program)
    if not factors.groups:
        raise EstimationError(f"nothing is uncertain in scenario '{setting.program.scenario.name}'")
    return factors


def _leading_model(setting: Setting) -> tuple[Model, dict[str, Any]]:
    """Return the model of one number per factor, and the quantile functions of these numbers."""
    factors = _require_factors(setting)
    if not factors.leading:
        raise EstimationError(
            f"nothing in scenario '{setting.program.scenario.name}' moves continuously: only events scatter"
        )
    return (
        lambda scores: evaluate(setting, factors.along(scores), scores.shape[1]),
        dict.fromkeys(factors.leading, ndtri),
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


def _spider(setting: Setting, _: np.random.Generator, options: Mapping[str, Any]) -> pd.DataFrame:
    model, marginals = _leading_model(setting)
    found = estimate_one_at_a_time(model, marginals, outcome_names=_row_names(setting), **options)
    return _with_years(found.spider_frame().drop(columns="input_value"), setting)


_probability_flips = _from_draws(estimate_probability_flips, of_targets=True, seeded=False)


def _flips(setting: Setting, rng: np.random.Generator, options: Mapping[str, Any]) -> pd.DataFrame:
    """Say what turns the light of a chance, or with `of="path"` the verdict on the path without shocks."""
    rest = dict(options)
    subject = str(rest.pop("of", "probability"))
    if subject == "probability":
        return _probability_flips(setting, rng, rest)
    if subject != "path":
        raise EstimationError(unknown_name("subject of a flip", subject, ("probability", "path")))
    asked = setting.about([outcome for outcome in setting.outcomes if outcome.functional])
    if not asked.outcomes:
        raise EstimationError(NO_TARGETS)
    model, marginals = _leading_model(asked)
    found = estimate_margin_flips(
        lambda scores: np.asarray(model(scores)) + _allowance(asked),
        marginals,
        target_names=_row_names(asked),
        **rest,
    )
    table = (
        found.frame().rename(columns={"target": "outcome"}).drop(columns=["value_from", "value_to", "move"])
    )
    return _with_years(table, asked).rename(columns={"outcome": "target"})


def _allowance(setting: Setting) -> Floats:
    """Return what each target's margin may fall short: the printed "about", and a hair of rounding."""
    tolerances = [outcome.functional.tolerance for outcome in setting.outcomes if outcome.functional]
    return np.array(tolerances)[:, None] + 1e-9


def _conventions(setting: Setting, _: np.random.Generator, options: Mapping[str, Any]) -> pd.DataFrame:
    targets = {outcome.functional.target_id for outcome in setting.outcomes if outcome.functional}
    if not targets:
        raise EstimationError(NO_TARGETS)
    return tabulate_conventions(
        setting.program.scenario, sorted(targets), registry=setting.registry, rng=setting.entropy, **options
    )


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
            "given_data": _given_data,
            "shapley": _from_draws(estimate_shapley_linear, of_targets=False, seeded=True),
            "probability": _from_draws(estimate_probability_sensitivity, of_targets=True, seeded=False),
            "flips": _flips,
            "information": _from_draws(estimate_information_value, of_targets=True, seeded=True),
            "sobol": _sobol,
            "morris": _morris,
            "tornado": _tornado,
            "spider": _spider,
            "conventions": _conventions,
        }
    )
)

MEASURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "given_data": "S1",
        "shapley": "shapley",
        "probability": "mean_effect",
        "flips": "move_in_sd",
        "information": "value_of_information",
        "sobol": "ST",
        "morris": "mu_star",
        "tornado": "swing",
    }
)
"""The column of each table that says how much an input matters."""

_ESTIMATORS: Final[Mapping[str, tuple[Callable[..., Any], ...]]] = MappingProxyType(
    {
        "given_data": (_described,),
        "shapley": (estimate_shapley_linear,),
        "probability": (estimate_probability_sensitivity,),
        "flips": (estimate_probability_flips, estimate_margin_flips),
        "information": (estimate_information_value,),
        "sobol": (estimate_sobol,),
        "morris": (estimate_morris,),
        "tornado": (estimate_one_at_a_time,),
        "spider": (estimate_one_at_a_time,),
        "conventions": (tabulate_conventions,),
    }
)
_GIVEN: Final = frozenset({"input_names", "outcome_names", "target_names", "years", "rng", "registry"})
"""What a method says to its estimator itself."""


def require_options(method: str, options: Mapping[str, Any]) -> None:
    """Raise unless a method has every option named.

    Raises
    ------
    ArgumentError
        With the nearest option.
    """
    keywords = [
        each.name
        for estimate in _ESTIMATORS[method]
        for each in signature(estimate).parameters.values()
        if each.kind is Parameter.KEYWORD_ONLY and each.name not in _GIVEN
    ]
    # The groups of a Sobol' design are the factors of the scenario.
    allowed = {*keywords, *(("of",) if method == "flips" else ())} - (
        {"groups"} if method == "sobol" else set()
    )
    if unknown := [name for name in options if name not in allowed]:
        raise ArgumentError(unknown_name(f"option of method '{method}'", unknown[0], allowed))
