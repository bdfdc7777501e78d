"""An AR(1) posterior asked in three ways: its average growth exactly, its parameters and its paths drawn."""

from __future__ import annotations

import numpy as np

from haidong_sim.estimation.ar1 import predictive_moments
from haidong_sim.estimation.forecast import Mixture


def predictive_average(posterior, future_years):
    """Return the exact distribution of average log growth over `future_years`, for every series at once."""
    location, covariance = predictive_moments(posterior, future_years)
    scale = np.sqrt(covariance.mean(axis=(1, 2))[:, None] * posterior.squares / posterior.dof)
    return Mixture(weight=posterior.weight, location=location.mean(axis=1), scale=scale, dof=posterior.dof)


def draw_parameters(posterior, draws, *, horizon, rng):
    """Draw (mean, persistence, annual sd) jointly, (draw,) each; `mean` is of the trend over `horizon`."""
    stream = np.random.default_rng(rng)
    node, annual_sd = _drawn_nodes(posterior, draws, stream)
    location, covariance = predictive_moments(posterior, horizon, level_only=True)
    spread = np.sqrt(np.maximum(covariance.mean(axis=(1, 2)), 0.0))
    mean = location[:, :, 0].mean(axis=1)[node] + annual_sd * spread[node] * stream.standard_normal(draws)
    return mean, posterior.persistence[node], annual_sd


def draw_paths(posterior, future_years, draws, *, rng):
    """Draw paths of future log growth, (year, draw), parameters redrawn for every path."""
    stream = np.random.default_rng(rng)
    node, sd = _drawn_nodes(posterior, draws, stream)
    location, covariance = predictive_moments(posterior, future_years)
    root = np.linalg.cholesky(covariance)
    shocks = stream.standard_normal((draws, location.shape[1]))
    return (location[node, :, 0] + sd[:, None] * np.einsum("dij,dj->di", root[node], shocks)).T


def _drawn_nodes(posterior, draws, stream):
    node = stream.choice(posterior.weight.shape[0], size=draws, p=posterior.weight[:, 0])
    return node, np.sqrt(posterior.squares[node, 0] / stream.chisquare(posterior.dof, size=draws))
