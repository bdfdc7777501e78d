"""One city's energy table and economy, which the tests of energy share."""

from __future__ import annotations

import copy

import numpy as np

from haidong_sim.model.energy import compile_energy
from haidong_sim.scenario.energy import EnergySpec

BASE = {
    "value_added_primary_constant": 77.6,
    "value_added_secondary_constant": 194.8,
    "value_added_tertiary_constant": 241.6,
    "gdp_constant": 514.0,
    "resident_population": 135.85,
    "urban_population": 57.06,
}
CONVENTION = {"accounting": "coal_equivalent", "attribution": "production", "control": "gross"}


def number(value, points=None, **more):
    out = {"value": value, "low": value, "high": value, "provenance": "assumption"} | more
    return out | ({"points": points} if points else {})


def parameters_of(table, *, by_user=False):
    spec = EnergySpec.model_validate(table)
    return compile_energy(spec, base=BASE, base_year=2020, last_year=2035, by_user=by_user)


def simple_table(table):
    """One electricity share for all, no optional piece."""
    simple = copy.deepcopy(table)
    for user in simple["demand"]["users"].values():
        user["electricity_share"] = number(0.5)
    del simple["aluminium"]
    del simple["supply"]["hydrology"]
    simple["carbon"]["fuels"]["coal"]["share"] = number(0.64)
    del simple["carbon"]["fuels"]["biomass"]
    return simple


def economy(draws, dtype=np.float64, seed=1):
    rng = np.random.default_rng(seed)
    factor = rng.uniform(1.2, 2.0, size=draws)
    out = {
        name: (value * factor).astype(dtype) for name, value in BASE.items() if name != "resident_population"
    }
    out["gdp_constant"] = sum(out[name] for name in out if name.startswith("value_added"))
    out["resident_population"] = np.full(draws, 130.0, dtype=dtype)
    out["urban_population"] = (130.0 * rng.uniform(0.45, 0.6, size=draws)).astype(dtype)
    return out
