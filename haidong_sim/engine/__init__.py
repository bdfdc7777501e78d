"""Many futures of anything: uniforms in, arrays out; not a word of economics."""

from haidong_sim.engine.intervals import (
    ProportionInterval,
    clopper_pearson_1934,
    effective_sample_size,
    replicate_interval,
    weighted_proportion,
    wilson_1927,
)
from haidong_sim.engine.net import (
    N_CELLS,
    Knots,
    cells_to_normal,
    cells_to_tail_scale,
    directions,
    posterior_quantiles,
    posterior_table,
    quantile_line,
    shifted_nets,
)
from haidong_sim.engine.orthant import ACCURACY, chance_given, genz_1992
from haidong_sim.engine.spill import KeptDraws
from haidong_sim.engine.streams import Rng, resolve_entropy, stream

__all__ = [
    "ACCURACY",
    "N_CELLS",
    "KeptDraws",
    "Knots",
    "ProportionInterval",
    "Rng",
    "cells_to_normal",
    "cells_to_tail_scale",
    "chance_given",
    "clopper_pearson_1934",
    "directions",
    "effective_sample_size",
    "genz_1992",
    "posterior_quantiles",
    "posterior_table",
    "quantile_line",
    "replicate_interval",
    "resolve_entropy",
    "shifted_nets",
    "stream",
    "weighted_proportion",
    "wilson_1927",
]
