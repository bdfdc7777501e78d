"""A calibration: every driver estimated from what its place publishes, written, read and checked."""

from __future__ import annotations

import math
import tomllib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import tomli_w

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import estimate_local_level
from haidong_sim.estimation.dependence import (
    city_tails,
    estimate_dependence,
    panel_tails,
    sectors_on_province,
)
from haidong_sim.estimation.energy_drivers import estimate_energy
from haidong_sim.estimation.estimate import rounded
from haidong_sim.estimation.growth_drivers import estimate_growth
from haidong_sim.estimation.people_drivers import estimate_people
from haidong_sim.estimation.price_drivers import estimate_prices
from haidong_sim.estimation.scorecard import (
    HOUSE,
    score_all,
    summarize_against,
    summarize_coverage,
    summarize_pit,
    summarize_scores,
)
from haidong_sim.estimation.tails import degrees_of_freedom_from_kurtosis, degrees_of_freedom_from_robust_sd
from haidong_sim.run import new_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from haidong_sim.estimation.inputs import Inputs

_ABSOLUTE: Final = 2e-6
_RELATIVE: Final = 1e-5


def results_bytes(name: str, tables: Mapping[str, Any]) -> bytes:
    """Return tables as TOML for a file of this name, keys in the order given.

    Raises
    ------
    EstimationError
        If a number is not finite: a file that is read by scenarios holds no gaps.
    """
    for where, value in _leaves(tables):
        if isinstance(value, float) and not math.isfinite(value):
            raise EstimationError(f"{name}: {where} is {value}; nothing was written")
    return tomli_w.dumps(dict(tables), multiline_strings=False).encode()


def write_results(path: Path, tables: Mapping[str, Any], *, force: bool = False) -> None:
    """Write tables as TOML, keys in the order given.

    Raises
    ------
    EstimationError
        If a number is not finite: a file that is read by scenarios holds no gaps.
    OutputError
        If the file exists and `force` is not set, or cannot be written.
    """
    content = results_bytes(path.name, tables)
    with new_file(path, force=force) as draft:
        draft.write_bytes(content)


def read_results(path: Path) -> dict[str, Any]:
    """Read a results file.

    Raises
    ------
    EstimationError
        If there is none, or it is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise EstimationError(f"{path} does not exist; run the calibration") from None
    except tomllib.TOMLDecodeError as problem:
        raise EstimationError(f"{path} is not TOML: {problem}") from None


def check_drift(committed: Mapping[str, Any], computed: Mapping[str, Any]) -> list[str]:
    """Return where two results differ, one line each; numbers may differ in the last printed digit."""
    old, new = dict(_leaves(committed)), dict(_leaves(computed))
    lines = [f"{where}: {old[where]!r} is no longer computed" for where in old if where not in new]
    lines += [f"{where}: {new[where]!r} is new" for where in new if where not in old]
    for where, value in old.items():
        if where in new and not _same(value, new[where]):
            lines.append(f"{where}: committed {value!r}, computed {new[where]!r}")
    return lines


def _same(old: object, new: object) -> bool:
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return math.isclose(old, new, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
    return old == new


def _leaves(value: object, where: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{where}.{key}" if where else str(key))
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from _leaves(item, f"{where}[{i}]")
    else:
        yield where, value


def growth_tables(inputs: Inputs) -> dict[str, Any]:
    """Return drivers and estimates of real growth, and the joint regression of sectors on the province."""
    growth = estimate_growth(inputs)
    regression = sectors_on_province(inputs)
    found = (
        growth.share_gap.mean,
        growth.share_gap.annual_sd,
        growth.share_gap.persistence,
        growth.real_gap.mean,
        growth.real_gap.annual_sd,
        growth.real_gap.persistence,
        growth.province.mean,
        estimate_local_level(inputs.used("province_growth"), name="province"),
        *(part.mean for part in growth.sector_drift),
    )
    return {
        "drivers": {item.name: item.table("01_growth.py") for item in growth.drivers},
        "estimates": {item.name.replace(".", "_"): item.table() for item in found},
        "sectors_on_province": {
            "note": "nominal growth; a check on the sectors' exposure to the province, used by no driver",
            **{
                item.name.replace(".", "_"): item.table()
                for item in (*regression.intercept, *regression.slope)
            },
        },
    }


def price_tables(inputs: Inputs) -> dict[str, Any]:
    """Return drivers and estimates of prices."""
    prices = estimate_prices(inputs, estimate_growth(inputs))
    return {
        "drivers": {item.name: item.table("02_prices.py") for item in prices.drivers},
        "estimates": {
            "province_deflator_mean": prices.province.mean.table(),
            "relative_deflator_mean": prices.relative_alone.table(),
            "price_wedge_mean": prices.wedge.mean.table(),
            "price_wedge_annual_sd": prices.wedge.annual_sd.table(),
        },
        "relative_deflator": {
            "mean": rounded(prices.relative.mean),
            "trend_sd": rounded(prices.relative.trend_sd),
            "annual_sd": rounded(prices.relative.annual_sd),
            "method": "nominal gap to the rest of the province less the real gap; variances subtract",
            "note": "as drawn beside the lead; alone it is known as estimates.relative_deflator_mean says",
            "provenance": "calibrated",
        },
    }


def people_tables(inputs: Inputs) -> dict[str, Any]:
    """Return drivers and estimates of people and incomes."""
    people = estimate_people(inputs)
    declared = inputs.declaration.drivers
    return {
        "drivers": {item.name: item.table("03_people.py") for item in people.drivers},
        "estimates": {
            people.elasticity.name: people.elasticity.table(),
            **{
                f"{declared[name].series['changes']}_mean": trend.mean.table()
                for name, trend in people.trends.items()
            },
        },
    }


def energy_tables(inputs: Inputs) -> dict[str, Any]:
    """Return drivers and estimates of intensities."""
    energy = estimate_energy(inputs)
    return {
        "drivers": {item.name: item.table("04_energy.py") for item in energy.drivers},
        "estimates": {f"{series}_mean": trend.mean.table() for series, trend in energy.trends.items()},
    }


def dependence_tables(inputs: Inputs) -> dict[str, Any]:
    """Return factor loadings, their check on nominal growth, and the tails of the panels."""
    growth = estimate_growth(inputs)
    dependence = estimate_dependence(inputs, growth, estimate_prices(inputs, growth))
    tails = {}
    for name, group in inputs.declaration.tails.panels.items():
        kurtosis, ratio = panel_tails(inputs, group)
        tails[name] = {
            "excess_kurtosis": rounded(kurtosis),
            "degrees_of_freedom_from_kurtosis": rounded(degrees_of_freedom_from_kurtosis(kurtosis)),
            "degrees_of_freedom_from_robust_sd": rounded(degrees_of_freedom_from_robust_sd(ratio, 1.0)),
        }
    note = "drivers use the value from kurtosis; the robust one also counts differences between cities"
    city = {"city": city_tails(inputs, growth).table()}
    return {"script": "05_dependence.py", **dependence.tables(), "tails": {"note": note, **tails, **city}}


def score_tables(inputs: Inputs) -> dict[str, Any]:
    """Return the score card: against each simple rule, coverage, and the cases one and five years ahead."""
    scores = score_all(inputs)
    cases = summarize_scores(scores)
    coverage = summarize_coverage(scores)
    return {
        "script": "06_score_card.py",
        "forecasts_scored": len(scores),
        "house": HOUSE,
        "against": _records(summarize_against(scores)),
        "coverage": _records(coverage[coverage["forecaster"] == HOUSE].drop(columns="forecaster")),
        "pit": _records(summarize_pit(scores[scores["horizon"].isin([1, 5])])),
        "cases": _records(cases[cases["horizon"].isin([1, 5])]),
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            str(key): rounded(value) if isinstance(value, float) else value
            for key, value in row.items()
            if not (isinstance(value, float) and pd.isna(value))
        }
        for row in frame.astype(object).to_dict("records")
    ]


RESULTS: Final[Mapping[str, Callable[[Inputs], dict[str, Any]]]] = MappingProxyType(
    {
        "growth": growth_tables,
        "prices": price_tables,
        "people": people_tables,
        "energy": energy_tables,
        "dependence": dependence_tables,
        "score_card": score_tables,
    }
)
"""What each results file is built by, in the order of the numbered scripts."""


def calibrate(inputs: Inputs, *, score: bool = False) -> dict[str, dict[str, Any]]:
    """Return the tables of every results file by its name, the score card only when asked for.

    Raises
    ------
    EstimationError
        If a series that an estimate rests on is missing, too short or malformed.
    """
    return {name: build(inputs) for name, build in RESULTS.items() if score or name != "score_card"}
