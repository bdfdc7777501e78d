"""The path without shocks of a shipped scenario, rebuilt from docs/method.md and the data files alone.

Nothing of the package is imported; numbers in brackets are sections of the page. Only what `plan` and `trend`
use is here. Log changes run over the years after the base year, all else from it on.
"""

import csv
import tomllib
from collections import defaultdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "haidong_sim" / "place" / "data" / "haidong"
SECTORS, PEOPLE = ("primary", "secondary", "tertiary"), "resident_population"
# Drivers whose path is a log change or a slope of log odds as it stands; of the others it is a growth rate.
LOG = {"urbanization", "province_urbanization", "urban_core", "income", "urban_rural_ratio",
       "energy_intensity"}  # fmt: skip
PER_TWH = 100.0  # kgce/kWh to 1e4 tce/TWh, t/MWh to 1e4 t/TWh


def read(path):
    return tomllib.loads(path.read_text(encoding="utf-8"))


def scenario(name):
    """Return the tables of a scenario, laid over those of the one that it extends [2.7]."""
    own = read(ROOT / "scenarios" / f"{name}.toml")

    def overlay(below, above):
        if not isinstance(below, dict) or not isinstance(above, dict) or "kind" in above:
            return above
        return below | {key: overlay(below.get(key), value) for key, value in above.items()}

    return overlay(read(ROOT / "scenarios" / f"{own['extends']}.toml"), own) if "extends" in own else own


# What was estimated of each driver, and the two leads of the city [2.7].
FILES = [read(ROOT / f"calibration/results/{name}.toml") for name in ("growth", "prices", "people", "energy")]
ESTIMATED = {driver: table for file in FILES for driver, table in file["drivers"].items()}
ESTIMATED["province_population"] = ESTIMATED["population_rest_of_province"]
ESTIMATED["city_lead"] = {"mean": FILES[0]["estimates"]["real_gap_mean"]["value"]}
ESTIMATED["city_relative_prices"] = FILES[1]["relative_deflator"]


def base_values(vintage):
    rows = csv.DictReader((PLACE / "baseline.csv").read_text(encoding="utf-8").splitlines())
    return {row["name"]: float(row["value"]) for row in rows if row["vintage_choice"] in {vintage, "both"}}


def log_growth(path, driver, years, grown=0.0):
    """Return the log change of a path in each year [2.1]; `grown` is that from the base year to the first."""
    kind = path.get("kind", "constant")
    if kind == "calibrated":
        mean = ESTIMATED[path.get("driver", driver)]["mean"]
        kind, path = "constant", {"growth": round(mean if driver in LOG else np.expm1(mean), 6)}
    if kind == "constant":
        return np.full(len(years), path["growth"] if driver in LOG else np.log1p(path["growth"]))
    if kind == "sum":
        return sum(log_growth(part, driver, years, grown) for part in path["parts"])
    if kind == "override":
        found = log_growth(path["path"], driver, years, grown)
        for year, rate in path["years"].items():
            found[years == int(year)] = np.log1p(rate)
        return found
    if kind == "goal_seek":
        return np.full(len(years), (np.log(path["multiple"]) - grown) / (path["year"] - years[0] + 1))
    if kind == "actuals":
        first, second = np.log1p(list(path["actual"].values())), path["after"]
    else:
        first, second = log_growth(path["first"], driver, years[years <= path["year"]], grown), path["second"]
    return np.concatenate([first, log_growth(second, driver, years[len(first) :], grown + first.sum())])


def grow(told, base, m, *, fit):
    """Return values, volumes and growth [1.3]; with `fit` the sectors and the rest are moved first [1.5]."""
    assumed = {name: table["value"] for name, table in told["assumptions"].items()}
    kappa, theta = assumed["baumol_coefficient"], [assumed[f"reconciliation_weight_{i}"] for i in SECTORS]
    shares = np.array([base[f"{i}_share"] for i in SECTORS])
    N = base["gdp_current"] * shares / shares.sum()
    N_rest = base["province_gdp_current"] - base["gdp_current"]
    rows, real = [(N, N_rest, N, base["gdp_growth"], base["province_gdp_growth"])], N
    for k in range(len(m["total"])):
        if k % told["conventions"]["price_base_interval"] == 0:
            V, V_rest = N, N_rest  # step 3: a new price base
        before, before_province = V.sum(), V.sum() + V_rest
        if fit:
            guess = np.expm1([m[i][k] for i in SECTORS])
            step = (np.expm1(m["total"][k]) - V @ guess / before) / (V @ theta / before)
            for i, rate in zip(SECTORS, guess + np.multiply(theta, step), strict=True):
                m[i][k] = np.log1p(rate)
            left = before_province * np.exp(m["province"][k]) - before * np.exp(m["total"][k])
            m["rest_of_province"][k] = np.log(left / V_rest)  # step 5
        own, rest = np.array([m[i][k] for i in SECTORS]), m["rest_of_province"][k]
        V, V_rest, real = V * np.exp(own), V_rest * np.exp(rest), real * np.exp(own)
        prices = m["deflator"][k] + np.array([m[f"deflator_{i}"][k] for i in SECTORS])
        N = N * np.exp(own + prices - kappa * (own - N @ own / N.sum()))  # step 4, weights of the year before
        N_rest *= np.exp(rest + m["deflator_rest_of_province"][k])
        rows.append((N, N_rest, real, V.sum() / before - 1.0, (V.sum() + V_rest) / before_province - 1.0))
    return [np.array(column) for column in zip(*rows, strict=True)]


def energy(told, out, years, common):
    """Return the energy quantities from the base year on [5]; `common` moves every intensity."""

    def at(table):  # a number that moves in a straight line from point to point [5.0]
        points = {int(year): value for year, value in table.get("points", {}).items()}
        return np.interp(years, [years[0], *points], [table["value"], *points.values()])

    volumes = {i: out[f"value_added_{i}_constant"] for i in SECTORS} | {"urban": out["urban_population"]}
    volumes["rural"] = out["resident_population"] - out["urban_population"]
    tce, smelter = PER_TWH * told["coal_equivalent_factor"]["value"], told["aluminium"]
    electricity = at(smelter["output"]) * at(smelter["electricity_per_tonne"]) / 100.0
    own_line, fuel = tce * electricity[0], 0.0
    for user, table in told["demand"]["users"].items():
        used = table["share"]["value"] * told["demand"]["total"]["value"] - own_line * (user == "secondary")
        left = np.concatenate([[1.0], 1.0 - at(table["intensity_decline"])[1:]])
        demand = used / volumes[user][0] * np.cumprod(left) * common * volumes[user]
        electric = at(table["electricity_share"])
        fuel, electricity = fuel + demand * (1.0 - electric), electricity + demand * electric / tce
    total, made, capacity = fuel + tce * electricity, 0.0, 0.0
    (milestone,), technologies = told["supply"]["milestones"], told["supply"]["technologies"]
    missing = milestone["value"] - sum(table["capacity"]["value"] for table in technologies.values())
    added = missing * np.clip((years - years[0]) / (milestone["year"] - years[0]), 0.0, 1.0)  # [5.3]
    for name, table in technologies.items():
        gigawatts = table["capacity"]["value"] + milestone["mix"].get(name, 0.0) * added
        capacity, kept = capacity + gigawatts, 1.0 - at(table["curtailment"])
        made = made + gigawatts * table["hours"]["value"] * kept / 1000.0
    carbon, bought = told["carbon"], np.maximum(electricity - made, 0.0)  # [5.5]
    burnt = fuel * sum(at(f["share"]) * f["emission_factor"]["value"] for f in carbon["fuels"].values())
    co2 = burnt + at(smelter["output"]) * smelter["process_emissions"]["value"]
    co2, gdp = co2 + PER_TWH * at(carbon["grid_factor"]) * bought, out["gdp_constant"]
    return {
        "energy_consumption": total, "energy_intensity": total / gdp, "co2_emissions": co2,
        "electricity_consumption": electricity, "clean_energy_capacity": capacity, "co2_intensity": co2 / gdp,
        "clean_energy_generation": made, "non_fossil_share": tce * made / total,
    }  # fmt: skip


def rebuild(name):
    """Return every indicator of a scenario, {name: array over the years}, and the years."""
    told, base_year = scenario(name), read(PLACE / "place.toml")["base_year"]
    base = base_values(told["baseline"])
    other = base_values({"census": "plan", "plan": "census"}[told["baseline"]])
    years = np.arange(base_year, told["horizon"] + 1)
    m = defaultdict(lambda: np.zeros(len(years) - 1))  # a driver without a path has no growth
    m |= {driver: log_growth(path, driver, years[1:]) for driver, path in told["paths"].items()}
    grow(told, base, m, fit=True)
    known = told.get("known_until", base_year) - base_year
    for driver, table in told["uncertainty"].items():  # [2.2], after the sectors were fitted
        persistence = table.get("persistence", ESTIMATED.get(driver, {}).get("persistence", 0.0))
        m[driver][known:] += table.get("start", 0.0) * persistence ** np.arange(1, len(years) - known)
    N, N_rest, real, growth, growth_whole = grow(told, base, m, fit=False)

    def level(start, *drivers):
        return start * np.exp(np.concatenate([[0.0], np.cumsum(sum(m[driver] for driver in drivers))]))

    def mean(ends):  # over the year; the base year stands at its end
        return np.concatenate([ends[:1], 0.5 * (ends[:-1] + ends[1:])])

    def part(share_0, *drivers):  # a share whose log odds move
        odds = level(share_0 / (1.0 - share_0), *drivers)
        return odds / (1.0 + odds)

    gdp, N_0 = N.sum(axis=1), base["gdp_current"]
    Q, share = np.cumprod(np.concatenate([[1.0], 1.0 + growth[1:]])), gdp / (gdp + N_rest)
    people, people_other = (level(b[PEOPLE], "population") for b in (base, other))
    whole, whole_other = (level(b[f"province_{PEOPLE}"], "province_population") for b in (base, other))
    urban = part(base["urbanization_rate"], "urbanization")
    core_0 = base["urban_core_population"] / (base["urbanization_rate"] * base["resident_population"])
    jobs = mean(level(base["employment"], "population", "employment_rate"))
    in_step = Q ** told["assumptions"]["income_elasticity"]["value"]
    income = level(base["disposable_income_current"], "income") * in_step
    prices, rho = level(1.0, "consumer_prices"), level(base["urban_rural_income_ratio"], "urban_rural_ratio")
    weight = part(base["survey_urban_weight"], "urbanization")
    rural = income * prices / (1.0 + weight * (rho - 1.0))
    out = {
        "gdp_current": gdp, "gdp_constant": N_0 * Q, "gdp_volume_index": Q, "gdp_deflator": gdp / (N_0 * Q),
        "nation_gdp_growth": np.concatenate([[base["nation_gdp_growth"]], np.expm1(m["nation"])]),
        **{f"value_added_{i}_current": N[:, n] for n, i in enumerate(SECTORS)},
        **{f"value_added_{i}_constant": real[:, n] for n, i in enumerate(SECTORS)},
        **{f"{i}_share": N[:, n] / gdp for n, i in enumerate(SECTORS)},
        "rest_of_province_gdp_current": N_rest, "province_gdp_current": gdp + N_rest,
        "province_gdp_growth": growth_whole, "survey_urban_weight": weight, "urban_rural_income_ratio": rho,
        "gdp_share_of_province": share, "resident_population": people, "province_resident_population": whole,
        "labour_productivity": N_0 * Q / jobs, "urbanization_rate": urban, "urban_population": urban * people,
        "gdp_per_capita_current": 1e4 * gdp / mean(people), "employment": jobs,
        "gdp_constant_per_capita": 1e4 * N_0 * Q / mean(people), "consumer_price_index": prices,
        "province_gdp_per_capita_current": 1e4 * (gdp + N_rest) / mean(whole), "gdp_growth": growth,
        "gdp_per_capita_ratio_to_province": share * mean(whole) / mean(people),
        "gdp_per_capita_ratio_to_province_other_vintage": share * mean(whole_other) / mean(people_other),
        "province_urbanization_rate": part(base["province_urbanization_rate"], "province_urbanization"),
        "urban_core_population": part(core_0, "urban_core") * urban * people,
        "disposable_income_constant": income, "disposable_income_current": income * prices,
        "disposable_income_rural_current": rural, "disposable_income_urban_current": rural * rho,
        "household_income_share_of_gdp": 1e-4 * income * prices * mean(people) / gdp,
    }  # fmt: skip
    return out | energy(told["energy"], out, years, level(1.0, "energy_intensity")), years.tolist()
