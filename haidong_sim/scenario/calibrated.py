"""Numbers of a scenario that were estimated: the tables of the calibration, laid under those of the file."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.errors import Problems, ScenarioError, unknown_name
from haidong_sim.resources import DEFAULT_PLACE, resource_folder
from haidong_sim.scenario.drivers import DRIVERS

if TYPE_CHECKING:
    from collections.abc import Mapping

CALIBRATED: Final = "calibrated"
"""Kind of a path in a file that stands for the estimated trend of its driver."""

_FILES: Final = ("growth", "prices", "people", "energy")
_MARK: Final = "growth.toml"
# The rest of the province is most of it: its estimate stands for the province's population.
_NAMES: Final = {"population_rest_of_province": "province_population"}
_ORIGIN: Final = frozenset({"provenance", "source", "note"})
_FIVE_PERCENT: Final = 1.644854
_NO_SCATTER: Final = ("total", "province")


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What a calibration says: tables to lie under a scenario's, and the estimated trend of each driver."""

    under: dict[str, Any]
    paths: dict[str, dict[str, Any]]


def with_calibration_found(tables: dict[str, Any], path: Path) -> dict[str, Any]:
    """Turn a `calibration` that is a folder beside the scenario file into that folder."""
    name = tables.get("calibration")
    if not isinstance(name, str) or not (path.parent / name / _MARK).is_file():
        return tables
    return tables | {"calibration": str((path.parent / name).resolve())}


def read_calibration(name: Any, subject: str) -> Calibration:
    """Return the calibration called `name`: the bundled one, or a folder of results files.

    Raises
    ------
    ScenarioError
        If there is no such calibration, or a file of it is missing or lacks a key.
    """
    if not isinstance(name, str):
        raise ScenarioError(
            f"{subject}: calibration: {name!r} is not a name; allowed: '{DEFAULT_PLACE}' or a folder"
        )
    folder = resource_folder("calibration") if name == DEFAULT_PLACE else Path(name)
    if not (folder / _MARK).is_file():
        raise ScenarioError(
            f"{subject}: calibration: "
            + unknown_name("calibration", name, [DEFAULT_PLACE])
            + ". One of your own is a folder that `haidong-sim calibrate --out` has written"
        )
    try:
        found: dict[str, dict[str, Any]] = {}
        for file in _FILES:
            for driver, table in _read(folder / f"{file}.toml")["drivers"].items():
                found[_NAMES.get(driver, driver)] = table
        known = {driver: table for driver, table in found.items() if driver in DRIVERS}
        return Calibration(
            under={
                "uncertainty": {
                    driver: _uncertainty(table)
                    for driver, table in known.items()
                    if driver not in _NO_SCATTER
                },
                "dependence": {"factors": _factors(_read(folder / "dependence.toml"), known)},
            },
            paths={driver: _path(driver, table) for driver, table in known.items()} | _leads(folder),
        )
    except KeyError as error:
        raise ScenarioError(f"{subject}: calibration '{name}': a table lacks the key {error}") from None


def tables_under(calibration: Calibration, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables to lie under `own`, without the origin of those that it changes unsaid.

    A table that changes a number and names no provenance would else pass for estimated.
    """
    scatter, factors = calibration.under["uncertainty"], calibration.under["dependence"]["factors"]
    changed = own.get("uncertainty", {}), _table(own.get("dependence", {})).get("factors", {})
    return {
        "uncertainty": _without_origin(scatter, changed[0]),
        "dependence": {"factors": _without_origin(factors, changed[1])},
    }


def with_calibrated_paths(
    paths: Mapping[str, Any], calibration: Calibration | None, subject: str
) -> dict[str, Any]:
    """Return `paths` with every table of kind "calibrated" replaced by the estimated trend.

    Raises
    ------
    ScenarioError
        If there is no calibration, or it has no trend of the driver asked for.
    """
    problems = Problems(subject)

    def replaced(value: Any, driver: str, where: str) -> Any:
        if isinstance(value, list):
            return [replaced(part, driver, where) for part in value]
        if not isinstance(value, dict):
            return value
        if value.get("kind") != CALIBRATED:
            return {key: replaced(part, driver, f"{where}.{key}") for key, part in value.items()}
        if calibration is None:
            problems.add(
                where, f"kind '{CALIBRATED}' needs the key `calibration`, such as \"{DEFAULT_PLACE}\""
            )
            return value
        asked = str(value.get("driver", driver))
        if asked not in calibration.paths:
            problems.add(where, unknown_name("calibrated driver", asked, calibration.paths))
            return value
        own = {key: part for key, part in value.items() if key not in {"kind", "driver"}}
        return calibration.paths[asked] | own

    found = {driver: replaced(value, driver, f"paths.{driver}") for driver, value in paths.items()}
    problems.raise_if_any(ScenarioError)
    return found


def _without_origin(under: Mapping[str, Any], own: Any) -> dict[str, Any]:
    unsaid = {name for name, table in _table(own).items() if "provenance" not in _table(table)}
    return {
        name: {key: value for key, value in table.items() if name not in unsaid or key not in _ORIGIN}
        for name, table in under.items()
    }


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: not valid TOML: {error}") from None


def _origin(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return provenance, source and note of numbers that a calibration script wrote."""
    return {
        "provenance": table["provenance"],
        "source": (
            f"calibration/{table['script']}, data {table['data_hash']}: {table['method']}; "
            f"{table['sample']}, n = {table['n']}"
        ),
    } | ({"note": table["note"]} if table["note"] else {})


def _uncertainty(table: Mapping[str, Any]) -> dict[str, Any]:
    posterior, sd, persistence = table["posterior"], table["annual_sd"], table["persistence"]
    plain = {name: table[name] for name in ("trend_sd", "annual_sd", "persistence")}
    if "degrees_of_freedom" in table:
        plain["degrees_of_freedom"] = table["degrees_of_freedom"]
    return {
        **plain,
        **_origin(table),
        "posterior": {
            "probability": posterior["probability"],
            "annual_sd_ratio": [round(value / sd, 6) for value in posterior["annual_sd"]],
            "persistence_shift": [round(value - persistence, 6) for value in posterior["persistence"]],
        },
    }


def _path(driver: str, table: Mapping[str, Any]) -> dict[str, Any]:
    means = table["posterior"]["mean"]
    growth, low, high = (_linked(driver, value) for value in (table["mean"], means[0], means[-1]))
    return {"kind": "constant", "growth": growth, "low": low, "high": high, **_origin(table)}


def _leads(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the city's lead over the province in real growth, and over the rest of it in prices."""
    lead = _read(folder / "growth.toml")["estimates"]["real_gap_mean"]
    prices = _read(folder / "prices.toml")
    relative, rest = prices["relative_deflator"], prices["drivers"]["deflator_rest_of_province"]
    found = {
        "city_lead": (lead["value"], lead["standard_error"], lead | {"script": "01_growth.py"}),
        "city_relative_prices": (relative["mean"], relative["trend_sd"], rest | relative),
    }
    return {
        name: {
            "kind": "constant",
            "growth": round(math.expm1(mean), 6),
            "low": round(math.expm1(mean - _FIVE_PERCENT * error), 6),
            "high": round(math.expm1(mean + _FIVE_PERCENT * error), 6),
        }
        | _origin(table)
        for name, (mean, error, table) in found.items()
    }


def _linked(driver: str, log_growth: float) -> float:
    return round(math.expm1(log_growth) if DRIVERS[driver].link == "rate" else log_growth, 6)


def _factors(tables: Mapping[str, Any], drivers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {
            "loadings": factor["loadings"],
            "trend_loadings": factor["trend_loadings"],
            "provenance": "calibrated",
            "source": f"calibration/{tables['script']}, data {_hashes(factor['loadings'], drivers)}",
        }
        for name, factor in tables["factors"].items()
    }


def _hashes(loadings: Mapping[str, float], drivers: Mapping[str, Any]) -> str:
    return ", ".join(dict.fromkeys(drivers[name]["data_hash"] for name in loadings if name in drivers))
