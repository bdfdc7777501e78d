"""What matters: sensitivity of outcomes, probabilities and verdicts to inputs, and scenario discovery."""

from haidong_sim.answers.sensitivity.analysis import Sensitivity, analyze_sensitivity, discover
from haidong_sim.answers.sensitivity.assumptions import rank_assumptions
from haidong_sim.answers.sensitivity.conventions import decisive_conventions
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
from haidong_sim.answers.sensitivity.given_data import FirstOrder, estimate_first_order, explain_alone
from haidong_sim.answers.sensitivity.information import InformationValue, estimate_information_value
from haidong_sim.answers.sensitivity.input_names import input_label, input_move
from haidong_sim.answers.sensitivity.methods import MEASURES
from haidong_sim.answers.sensitivity.morris import (
    MorrisEffects,
    estimate_morris,
    morris_1991,
    summarize_morris,
)
from haidong_sim.answers.sensitivity.one_at_a_time import OneAtATime, estimate_one_at_a_time
from haidong_sim.answers.sensitivity.pawn import Pawn, estimate_pawn, measure_distances
from haidong_sim.answers.sensitivity.ranks import RankCorrelation, correlate_ranks, estimate_rank_correlation
from haidong_sim.answers.sensitivity.sentences import is_distinguishable
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
from haidong_sim.answers.sensitivity.study import UNSEEN, Marginal, require_study
from haidong_sim.answers.sensitivity.uncertain import factors_of
from haidong_sim.answers.sensitivity.uncertainty_origins import uncertainty_shares

__all__ = [
    "MEASURES",
    "UNSEEN",
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
    "correlate_ranks",
    "decisive_conventions",
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
    "explain_alone",
    "factors_of",
    "grow_tree",
    "input_label",
    "input_move",
    "is_distinguishable",
    "jansen_1999_total",
    "measure_distances",
    "morris_1991",
    "paste",
    "peel",
    "rank_assumptions",
    "require_study",
    "saltelli_2002_pairs",
    "saltelli_2010",
    "shapley_linear_gaussian",
    "summarize_morris",
    "uncertainty_shares",
]
