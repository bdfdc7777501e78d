"""A second opinion on a drifting trend: the local level model with its signal-to-noise ratio fixed."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import MINIMUM_YEARS
from haidong_sim.estimation.estimate import Estimate, student_t
from haidong_sim.estimation.requirements import require_changes, require_varying, require_years

if TYPE_CHECKING:
    from haidong_sim.estimation.changes import Changes


def estimate_local_level(changes: Changes, *, drift: float = 0.2, name: str = "level") -> Estimate:
    """Return the level of growth at the end of the sample, its yearly sd being `drift` times the noise sd.

    The ratio is fixed because with fewer than 25 years maximum likelihood puts it at zero (METHOD 6.6).

    Raises
    ------
    EstimationError
        Too few or gappy years, levels, or a constant series.
    """
    observed = require_years(changes.steps, MINIMUM_YEARS, changes.label)
    require_changes(observed, changes.label)
    require_varying(observed, changes.label)
    if len(changes.years) != changes.years[-1] - changes.years[0] + 1:
        raise EstimationError(f"{changes.label}: the local level model needs years without gaps")
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    # In units of its own sd the variance is of order one, where the filter's tolerances make sense.
    scale = float(observed.std())
    model = UnobservedComponents(observed / scale, "llevel", use_exact_diffuse=True)
    filtered = model.filter([1.0, drift**2])
    # With the ratio given the noise variance only scales: what the forecast errors of all years but the
    # first, which the level is started from, say about it is a χ² of n − 1.
    surprise = filtered.filter_results.forecasts_error[0, 1:]
    expected = filtered.filter_results.forecasts_error_cov[0, 0, 1:]
    dof = float(observed.size - 1)
    noise_sd = float(np.sqrt((surprise**2 / expected).sum() / dof)) * scale
    level = float(filtered.level.filtered[-1]) * scale
    distribution = student_t(level, float(np.sqrt(filtered.level.filtered_cov[-1])) * noise_sd, dof)
    return Estimate(
        name=f"{name}.local_level",
        value=level,
        standard_error=distribution.standard_deviation(),
        unit="log growth per year",
        distribution=distribution,
        years=changes.years,
        n=len(changes.years),
        method=f"local level, level sd {drift} of noise sd, noise variance integrated out",
        source=changes.source,
        data_hash=changes.data_hash,
        diagnostics=MappingProxyType({"noise_sd": noise_sd}),
    )
