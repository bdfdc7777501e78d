"""The continuous ranked probability score of a normal forecast and of draws, without quadrature."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr


def crps_gaussian(mean, sd, outcome):
    """Return the CRPS of N(mean, sd²), in closed form (Gneiting and Raftery 2007, JASA 102, eq. 20)."""
    z = (outcome - mean) / sd
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    return sd * (z * (2.0 * ndtr(z) - 1.0) + 2.0 * density - 1.0 / np.sqrt(np.pi))


def crps_ensemble(draws, outcome):
    """Return the CRPS of draws, (draw,), freed of the bias of their finite number."""
    x = np.sort(draws)
    n = x.size
    # Σ_ij |x_i − x_j| = 2·Σ_i (2i − n − 1)·x_(i) for the sorted draws.
    spread = 2.0 * (2.0 * np.arange(1, n + 1) - n - 1.0) @ x
    return np.abs(x - outcome).mean() - 0.5 * spread / (n * (n - 1))
