"""A second opinion on a drifting trend: the local level model with its signal-to-noise ratio fixed."""

from __future__ import annotations

import warnings
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import MINIMUM_YEARS
from haidong_sim.estimation.estimate import Estimate, normal
from haidong_sim.estimation.requirements import require_changes, require_varying, require_years

if TYPE_CHECKING:
    from haidong_sim.estimation.changes import Changes


def estimate_local_level(changes: Changes, *, drift: float = 0.2, name: str = "level") -> Estimate:
    """Return the level of growth at the end of the sample, its yearly sd being `drift` times the noise sd.

    The ratio is fixed because with fewer than 25 years maximum likelihood puts it at zero (METHOD 6.6).

    Raises
    ------
    EstimationError
        Too few or gappy years, levels, a constant series, or no convergence; the data are shown.
    """
    observed = require_years(changes.steps, MINIMUM_YEARS, changes.label)
    require_changes(observed, changes.label)
    require_varying(observed, changes.label)
    if len(changes.years) != changes.years[-1] - changes.years[0] + 1:
        raise EstimationError(f"{changes.label}: the local level model needs years without gaps")
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    # In units of its own sd the variance is of order one, where the optimizer's tolerances make sense.
    scale = float(observed.std())
    model = UnobservedComponents(observed / scale, "llevel")

    def negative_log_likelihood(log_variance: float) -> float:
        noise = float(np.exp(log_variance))
        return -float(model.loglike([noise, drift**2 * noise]))

    from scipy.optimize import minimize_scalar

    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        found = minimize_scalar(negative_log_likelihood, bounds=(-12.0, 6.0), method="bounded")
    if not found.success or not -11.9 < found.x < 5.9:
        raise EstimationError(
            f"{changes.label}: the local level model does not converge for {observed.tolist()}"
        )
    noise = float(np.exp(found.x))
    filtered = model.smooth([noise, drift**2 * noise])
    level = float(filtered.level.filtered[-1]) * scale
    error = float(np.sqrt(filtered.level.filtered_cov[-1])) * scale
    return Estimate(
        name=f"{name}.local_level",
        value=level,
        standard_error=error,
        unit="log growth per year",
        distribution=normal(level, error),
        years=changes.years,
        n=len(changes.years),
        method=f"local level, level sd {drift} of noise sd, noise by maximum likelihood",
        source=changes.source,
        data_hash=changes.data_hash,
        diagnostics=MappingProxyType({"noise_sd": float(np.sqrt(noise)) * scale}),
    )
