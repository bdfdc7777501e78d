"""Where parameters come from: estimators of short series, the calibration, and its score card."""

from haidong_sim.estimation.calibrate import (
    RESULTS,
    calibrate,
    check_drift,
    read_results,
    results_bytes,
    write_results,
)
from haidong_sim.estimation.data import read_series
from haidong_sim.estimation.declaration import missing_series
from haidong_sim.estimation.estimate import Distribution, Estimate
from haidong_sim.estimation.inputs import Inputs, load_inputs
from haidong_sim.estimation.scorecard import (
    HOUSE,
    score_all,
    summarize_against,
    summarize_coverage,
    summarize_pit,
    summarize_scores,
)

__all__ = [
    "HOUSE",
    "RESULTS",
    "Distribution",
    "Estimate",
    "Inputs",
    "calibrate",
    "check_drift",
    "load_inputs",
    "missing_series",
    "read_results",
    "read_series",
    "results_bytes",
    "score_all",
    "summarize_against",
    "summarize_coverage",
    "summarize_pit",
    "summarize_scores",
    "write_results",
]
