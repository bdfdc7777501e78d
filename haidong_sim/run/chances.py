"""From the counts of a run to the chance of each target, with an interval that its draws have earned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.engine.intervals import replicate_interval, wilson_1927
from haidong_sim.questions.check import Chance
from haidong_sim.run.control import corrected_means
from haidong_sim.run.summary import set_members

if TYPE_CHECKING:
    from haidong_sim.engine.intervals import ProportionInterval
    from haidong_sim.run.program import Program
    from haidong_sim.run.summary import Part

MIN_REPLICATES: Final = 8
_MIN_REPLICATE_DRAWS: Final = 64
"""Below this the mean of a pseudo-random replicate is too coarse for a t interval; counts have their own."""


def target_chances(program: Program, part: Part) -> dict[str, Chance]:
    """Return the chance of each target by functional name, other readings included.

    The mean over replicates, with the excess of the target's control taken out, and a t interval over them; a
    binomial interval where all draws agree, or where there are too few replicates.
    """
    blocks = [part.met_by_block[block] for block in sorted(part.met_by_block)]
    size = min(program.replicate_draws, part.draws)
    means = np.concatenate(blocks, axis=1) / size
    n_targets = len(program.functionals)
    controls = {} if program.controls is None else dict(enumerate(program.controls.targets))
    control_of = {target: position for position, target in controls.items()}
    is_coarse = program.sampler == "mc" and size < _MIN_REPLICATE_DRAWS
    counts = np.fromiter(part.masks.values(), dtype=np.int64, count=len(part.masks))
    totals = (counts @ set_members(part.masks, n_targets)).tolist()
    found = {}
    for index, functional in enumerate(program.functionals):
        total = totals[index]
        if total in {0, part.draws} or means.shape[1] < MIN_REPLICATES or is_coarse:
            counted = wilson_1927(total, part.draws)
            found[functional.name] = _chance(counted, total / part.draws, part.draws, "Wilson")
            continue
        own = means[index]
        method = f"t over {means.shape[1]} {program.sampler} replicates"
        position = control_of.get(index)
        if position is not None and program.controls is not None:
            exact = float(program.controls.chances[position])
            own = corrected_means(own, means[n_targets + position], exact)
            method += ", control variate"
        if position is None or program.controls is None:
            interval = replicate_interval(own)
        else:
            # Target and control disagree in few draws; three that none of them showed are still possible.
            least = 3.0 / part.draws + float(program.controls.inaccuracies[position])
            interval = replicate_interval(own, n_fitted=1, least=least)
        share = min(max(float(own.mean()), 0.0), 1.0)
        found[functional.name] = _chance(interval, share, part.draws, method)
    return found


def _chance(interval: ProportionInterval, probability: float, n: int, method: str) -> Chance:
    return Chance(
        probability=probability, ci_low=float(interval.low), ci_high=float(interval.high), n=n, method=method
    )
