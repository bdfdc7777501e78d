"""What matters: sensitivity of outcomes, probabilities and verdicts to inputs, and scenario discovery."""

from __future__ import annotations

import sys
from inspect import signature
from types import ModuleType
from typing import Any

from haidong_sim.sensitivity.analysis import Sensitivity, analyze_sensitivity, discover
from haidong_sim.sensitivity.boxes import Box
from haidong_sim.sensitivity.discovery import Discovery, discover_box
from haidong_sim.sensitivity.flips import Flips, estimate_margin_flips, estimate_probability_flips
from haidong_sim.sensitivity.given_data import FirstOrder, estimate_first_order
from haidong_sim.sensitivity.information import InformationValue, estimate_information_value
from haidong_sim.sensitivity.marginals import Marginal
from haidong_sim.sensitivity.morris import MorrisEffects, estimate_morris, morris_1991, summarize_morris
from haidong_sim.sensitivity.one_at_a_time import OneAtATime, estimate_one_at_a_time
from haidong_sim.sensitivity.pawn import Pawn, estimate_pawn
from haidong_sim.sensitivity.pick_freeze import PickFreeze
from haidong_sim.sensitivity.prim import Trajectory, paste, peel
from haidong_sim.sensitivity.probability import ProbabilitySensitivity, estimate_probability_sensitivity
from haidong_sim.sensitivity.ranks import RankCorrelation, estimate_rank_correlation
from haidong_sim.sensitivity.shapley_linear import (
    ShapleyEffects,
    estimate_shapley_linear,
    shapley_linear_gaussian,
)
from haidong_sim.sensitivity.sobol import (
    SobolIndices,
    estimate_sobol_from_outputs,
    jansen_1999_total,
    saltelli_2002_pairs,
    saltelli_2010,
)
from haidong_sim.sensitivity.sobol_design import estimate_sobol
from haidong_sim.sensitivity.tree import Tree, grow_tree

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


class _Callable(ModuleType):
    """The package is also the function of its name, so that `hs.sensitivity(result)` works.

    Importing a sub-package binds its name in the parent, whatever stood there: a function of that name in the
    root would be gone after the first import of this package.
    """

    def __call__(self, *arguments: Any, **options: Any) -> Sensitivity:
        return analyze_sensitivity(*arguments, **options)


sys.modules[__name__].__class__ = _Callable
__signature__ = signature(analyze_sensitivity)
