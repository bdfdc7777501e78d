"""One future, year by year, in plain Python floats: the equations of the method notes (1.3, 1.5, 4).

Written from the notes, without NumPy and without the library's model, so that it can judge the fast loop.
Symbols follow the notes: V volumes at prices of the price base, Q chain index, N values at current prices,
u urban part, rho urban-rural income ratio, w survey weight, omega and theta weights of the sectors.
"""

from __future__ import annotations

import math

SECTORS = ("primary", "secondary", "tertiary")
LOG_DRIVERS = {"urbanization", "province_urbanization", "urban_core", "income", "urban_rural_ratio"}


def logit(share):
    return math.log(share / (1.0 - share))


def logistic(value):
    return 1.0 / (1.0 + math.exp(-value))


def twin(  # noqa: PLR0915  one page, in the order of the notes, is what a reader can check
    base, other_people, years, drivers, *, interval, kappa, elasticity, basis, theta
):
    """Return {(name, year): value}.

    `base` holds published values of the base year; `other_people` city and province residents of the other
    census; `drivers` {name: [one number per year]}, growth rates or, for LOG_DRIVERS, log changes, with
    `total` and `province` optional among them. `interval` is the length of a price base in years, or None.
    """
    N = {
        i: base["gdp_current"] * base[f"{i}_share"] / sum(base[f"{j}_share"] for j in SECTORS)
        for i in SECTORS
    }
    V, real = dict(N), dict(N)
    rest_nominal = rest_volume = base["province_gdp_current"] - base["gdp_current"]
    gdp_base = base["gdp_current"]
    Q = 1.0
    people = [base["resident_population"], *other_people[:1]]
    province_people = [base["province_resident_population"], *other_people[1:]]
    urban_logit, urban_logit_base = logit(base["urbanization_rate"]), logit(base["urbanization_rate"])
    province_urban_logit = logit(base["province_urbanization_rate"])
    core_logit = logit(base["urban_core_population"] / (base["urbanization_rate"] * people[0]))
    weight_logit = logit(base["survey_urban_weight"])
    jobs = base["employment"]
    income, prices, rho = base["disposable_income_current"], 1.0, base["urban_rural_income_ratio"]
    average_before = people[0]
    out = {}
    for k, year in enumerate(years):
        d = {name: values[k] for name, values in drivers.items()}
        # (3) a new price base every `interval` years: volumes restart from values at current prices.
        if interval and k % interval == 0:
            V, rest_volume = dict(N), rest_nominal
        omega = {i: V[i] / sum(V.values()) for i in SECTORS}
        g = {i: d[i] for i in SECTORS}
        if "total" in d:
            # 1.5: one step for all, in proportion to theta.
            step = (d["total"] - sum(omega[i] * g[i] for i in SECTORS)) / sum(
                omega[i] * theta[i] for i in SECTORS
            )
            g = {i: g[i] + theta[i] * step for i in SECTORS}
        growth = sum(omega[i] * g[i] for i in SECTORS)
        whole_before = sum(V.values()) + rest_volume
        if "province" in d:
            left = whole_before * (1.0 + d["province"]) - sum(V.values()) * (1.0 + growth)
            rest_growth = left / rest_volume - 1.0
        else:
            rest_growth = d["rest_of_province"]
        V = {i: V[i] * (1.0 + g[i]) for i in SECTORS}
        rest_volume *= 1.0 + rest_growth
        Q *= 1.0 + growth
        real = {i: real[i] * (1.0 + g[i]) for i in SECTORS}
        # (4) prices: what grows faster gets relatively cheaper; the share-weighted mean is the common path.
        nominal_before = sum(N.values())
        q = {i: math.log(1.0 + g[i]) for i in SECTORS}
        mean_q = sum(N[i] / nominal_before * q[i] for i in SECTORS)
        pi = {
            i: math.log((1.0 + d["deflator"]) * (1.0 + d[f"deflator_{i}"])) - kappa * (q[i] - mean_q)
            for i in SECTORS
        }
        N = {i: N[i] * (1.0 + g[i]) * math.exp(pi[i]) for i in SECTORS}
        gdp = sum(N.values())
        # (5), (6) rest, province, share.
        rest_nominal *= (1.0 + rest_growth) * (1.0 + d["deflator_rest_of_province"])
        province = gdp + rest_nominal
        # (7) people at year end and on average, in both vintages.
        averages, province_averages = [], []
        for v in range(2):
            before, before_province = people[v], province_people[v]
            people[v] = before * (1.0 + d["population"])
            province_people[v] = before_province * (1.0 + d["province_population"])
            averages.append((before + people[v]) / 2.0)
            province_averages.append((before_province + province_people[v]) / 2.0)
        # 4.2, 4.3: constant slopes of the logit.
        urban_logit += d["urbanization"]
        province_urban_logit += d["province_urbanization"]
        core_logit += d["urban_core"]
        u = logistic(urban_logit)
        # (8) employment moves with residents and the rate.
        jobs_before, jobs = jobs, jobs * (1.0 + d["population"]) * (1.0 + d["employment_rate"])
        employed = (jobs_before + jobs) / 2.0
        # 4.4: income in step with growth, or with growth per head; the survey weight follows the logit of u.
        step_with = math.log(1.0 + growth)
        if basis == "gdp_per_capita":
            step_with -= math.log(averages[0] / average_before)
        average_before = averages[0]
        income *= math.exp(elasticity * step_with + d["income"])
        prices *= 1.0 + d["consumer_prices"]
        rho *= math.exp(d["urban_rural_ratio"])
        w = logistic(weight_logit + urban_logit - urban_logit_base)
        rural = income * prices / (1.0 + w * (rho - 1.0))
        found = {
            "gdp_current": gdp,
            "gdp_constant": gdp_base * Q,
            "gdp_volume_index": Q,
            "gdp_growth": growth,
            "gdp_deflator": gdp / (gdp_base * Q),
            **{f"value_added_{i}_current": N[i] for i in SECTORS},
            **{f"value_added_{i}_constant": real[i] for i in SECTORS},
            **{f"{i}_share": N[i] / gdp for i in SECTORS},
            "rest_of_province_gdp_current": rest_nominal,
            "province_gdp_current": province,
            "province_gdp_growth": (sum(V.values()) + rest_volume) / whole_before - 1.0,
            "nation_gdp_growth": d["nation"],
            "rest_of_province_growth": rest_growth,
            "gdp_share_of_province": gdp / province,
            "resident_population": people[0],
            "province_resident_population": province_people[0],
            "gdp_per_capita_current": 1e4 * gdp / averages[0],
            "gdp_constant_per_capita": 1e4 * gdp_base * Q / averages[0],
            "province_gdp_per_capita_current": 1e4 * province / province_averages[0],
            "gdp_per_capita_ratio_to_province": (gdp / averages[0]) / (province / province_averages[0]),
            "gdp_per_capita_ratio_to_province_other_vintage": (gdp / averages[1])
            / (province / province_averages[1]),
            "urbanization_rate": u,
            "province_urbanization_rate": logistic(province_urban_logit),
            "urban_population": u * people[0],
            "urban_core_population": logistic(core_logit) * u * people[0],
            "employment": employed,
            "labour_productivity": gdp_base * Q / employed,
            "disposable_income_constant": income,
            "disposable_income_current": income * prices,
            "disposable_income_rural_current": rural,
            "disposable_income_urban_current": rho * rural,
            "urban_rural_income_ratio": rho,
            "survey_urban_weight": w,
            "household_income_share_of_gdp": income * prices * averages[0] / gdp / 1e4,
            "consumer_price_index": prices,
        }
        out |= {(name, year): value for name, value in found.items()}
    return out
