"""What matters: sensitivity of outcomes, probabilities and verdicts to inputs, and scenario discovery."""

from haidong_sim.answers.sensitivity.analysis import Sensitivity, analyze_sensitivity, discover
from haidong_sim.answers.sensitivity.discovery import (
    Box,
    Discovery,
    Trajectory,
    Tree,
    discover_box,
    grow_tree,
    paste,
    peel,
)
from haidong_sim.answers.sensitivity.flips import (
    Flips,
    ProbabilitySensitivity,
    estimate_margin_flips,
    estimate_probability_flips,
    estimate_probability_sensitivity,
)
from haidong_sim.answers.sensitivity.given_data import FirstOrder, estimate_first_order
from haidong_sim.answers.sensitivity.information import InformationValue, estimate_information_value
from haidong_sim.answers.sensitivity.morris import (
    MorrisEffects,
    estimate_morris,
    morris_1991,
    summarize_morris,
)
from haidong_sim.answers.sensitivity.one_at_a_time import OneAtATime, estimate_one_at_a_time
from haidong_sim.answers.sensitivity.pawn import Pawn, estimate_pawn
from haidong_sim.answers.sensitivity.ranks import RankCorrelation, estimate_rank_correlation
from haidong_sim.answers.sensitivity.shapley import (
    ShapleyEffects,
    estimate_shapley_linear,
    shapley_linear_gaussian,
)
from haidong_sim.answers.sensitivity.sobol import (
    PickFreeze,
    SobolIndices,
    estimate_sobol,
    estimate_sobol_from_outputs,
    jansen_1999_total,
    saltelli_2002_pairs,
    saltelli_2010,
)
from haidong_sim.answers.sensitivity.study import Marginal

__all__ = [
    "Box",
    "Discovery",
    "FirstOrder",
    "Flips",
    "InformationValue",
    "Marginal",
    "MorrisEffects",
    "OneAtATime",
    "Pawn",
    "PickFreeze",
    "ProbabilitySensitivity",
    "RankCorrelation",
    "Sensitivity",
    "ShapleyEffects",
    "SobolIndices",
    "Trajectory",
    "Tree",
    "analyze_sensitivity",
    "discover",
    "discover_box",
    "estimate_first_order",
    "estimate_information_value",
    "estimate_margin_flips",
    "estimate_morris",
    "estimate_one_at_a_time",
    "estimate_pawn",
    "estimate_probability_flips",
    "estimate_probability_sensitivity",
    "estimate_rank_correlation",
    "estimate_shapley_linear",
    "estimate_sobol",
    "estimate_sobol_from_outputs",
    "grow_tree",
    "jansen_1999_total",
    "morris_1991",
    "paste",
    "peel",
    "saltelli_2002_pairs",
    "saltelli_2010",
    "shapley_linear_gaussian",
    "summarize_morris",
]
