"""Where parameters come from: estimators of short series, the calibration, and its score card."""

from haidong_sim.estimation.calibrate import calibrate
from haidong_sim.estimation.data import read_series
from haidong_sim.estimation.declaration import missing_series
from haidong_sim.estimation.estimate import Distribution, Estimate
from haidong_sim.estimation.inputs import Inputs, load_inputs
from haidong_sim.estimation.scorecard import (
    score_all,
    summarize_against,
    summarize_coverage,
    summarize_pit,
    summarize_scores,
)

__all__ = [
    "Distribution",
    "Estimate",
    "Inputs",
    "calibrate",
    "load_inputs",
    "missing_series",
    "read_series",
    "score_all",
    "summarize_against",
    "summarize_coverage",
    "summarize_pit",
    "summarize_scores",
]
