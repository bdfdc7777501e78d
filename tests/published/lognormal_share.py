"""The scenario of method case V5, a share with a closed form, and its printed probabilities of one fifth.

City drift 0.065 with yearly sd 0.03, rest of the province 0.05 with 0.025, correlation rho, ten years from a
share of 0.171: the logit of the share is normal with mean logit(0.171) + 0.15 and variance
10 (0.03² + 0.025² - 2 rho 0.03 0.025). Rates are in log points, so the medians grow by exp(drift) - 1.
"""

from __future__ import annotations

import math

import haidong_sim as hs

PRINTED = {0.0: 0.3660890570, 0.6: 0.2964702557, 0.9: 0.1561852005, 1.0: 0.0037599489}


def lognormal(rho):
    changes = {f"paths.{sector}.growth": math.expm1(0.065) for sector in ("primary", "secondary", "tertiary")}
    changes |= {f"paths.deflator_{sector}.growth": 0.0 for sector in ("primary", "tertiary")}
    changes |= {
        "paths.rest_of_province.growth": math.expm1(0.05),
        "paths.deflator_rest_of_province.growth": 0.0,
        "uncertainty.deflator.annual_sd": 0.03,
        "uncertainty.deflator_rest_of_province.annual_sd": 0.025,
    }
    if rho:
        loadings = dict.fromkeys(("deflator", "deflator_rest_of_province"), math.sqrt(rho))
        changes["dependence.factors.common.loadings"] = loadings
    return hs.load_scenario("reference").derive(f"lognormal {rho}", changes)
