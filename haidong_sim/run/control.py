"""Control variates: probabilities of targets corrected by events whose probability is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from haidong_sim.engine import ACCURACY, chance_given, genz_1992, replicate_interval, wilson_1927
from haidong_sim.engine import directions as net_directions
from haidong_sim.questions import Chance
from haidong_sim.run.directions import find_directions, narrowed, own_slopes
from haidong_sim.run.program import Controls
from haidong_sim.run.samplers import Design, Dimension, draw_source
from haidong_sim.run.shocks import Source
from haidong_sim.run.summary import set_members

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from haidong_sim.engine import ProportionInterval
    from haidong_sim.run.directions import Direction
    from haidong_sim.run.program import Program, Weights
    from haidong_sim.run.summary import Part

    Matrix = NDArray[np.float64]

_SMALL: Final = 1e-3
"""A source that makes up less of a direction's squared length than this is left out of it."""

_SCALE_REPLICATES: Final = 16
_SCALE_POINTS: Final = (1 << 7, 1 << 12)
"""Fewest and most points of scales in a replicate; in between about one for each 256 draws of the run."""
_SCALE_BLOCK: Final = 2**31 + 1
"""Neither a run nor a directional estimate draws a block of this number."""


def find_controls(program: Program, draws: int) -> Controls | None:
    """Return a control for every target that the normals move, None if there is none; one search serves all.

    Where shocks have random scales, a run of more `draws` gets controls whose probability is known better.
    """
    parts = [functional.smooth_parts() for functional in program.functionals]
    asked = [part for own in parts for part in own]
    found = find_directions(narrowed(program, asked), asked) if asked else {}
    if not found:
        return None
    points = _ScalePoints(program, draws) if program.plan.scaled else None
    targets: list[int] = []
    rows: list[tuple[int, ...]] = []
    distances: list[float] = []
    normals: list[Mapping[str, Matrix]] = []
    shocks: list[Mapping[str, Matrix]] = []
    chances: list[tuple[float, float]] = []
    for index, own in enumerate(parts):
        # A part that no normal moves is met by all draws or by none, and leaves the others a fair control.
        directions = [found[part.name] for part in own if part.name in found]
        if not directions:
            continue
        targets.append(index)
        rows.append(tuple(range(len(distances), len(distances) + len(directions))))
        distances += [direction.distance for direction in directions]
        if points is None:
            units = [_without_small(direction.weights) for direction in directions]
            normals += units
            shocks += [{} for _ in units]
            chances.append(_chance_together(units, distances[-len(units) :]))
        else:
            normals += [_of_normals(program, direction) for direction in directions]
            shocks += [_of_shocks(program, direction) for direction in directions]
            chances.append(_chance_over_scales(program, directions, points))
    return Controls(
        targets=tuple(targets),
        rows=tuple(rows),
        of_normals=_stack(normals, program.dtype),
        of_shocks=_stack(shocks, program.dtype),
        distances=np.array(distances),
        chances=np.array([chance for chance, _ in chances]),
        inaccuracies=np.array([inaccuracy for _, inaccuracy in chances]),
    )


def _stack(sums: Sequence[Mapping[str, Matrix]], dtype: np.dtype[Any]) -> dict[str, Weights]:
    """Return the weights of each sum by what they weigh, sums that it does not move left out."""
    stacked = {}
    for name in dict.fromkeys(name for one in sums for name in one):
        moved = [position for position, one in enumerate(sums) if name in one and one[name].any()]
        if moved:
            matrix = np.zeros((len(moved), max(len(sums[position][name]) for position in moved)))
            for row, position in zip(matrix, moved, strict=True):
                row[: len(sums[position][name])] = sums[position][name]
            stacked[name] = np.array(moved), matrix.astype(dtype)
    return stacked


def _without_small(weights: Mapping[str, Matrix]) -> dict[str, Matrix]:
    """Return a vector of length one without the sources that hardly turn it: each costs a pass over draws."""
    notable = {source: own for source, own in weights.items() if own @ own > _SMALL}
    length = np.sqrt(sum(own @ own for own in notable.values()))
    return {source: own / length for source, own in notable.items()}


def _chance_together(
    units: Sequence[Mapping[str, Matrix]], distances: Sequence[float]
) -> tuple[float, float]:
    """Return the probability that the normals reach every distance, and how far it may be from exact."""
    correlation = [[sum(a[name] @ b[name] for name in a if name in b) for b in units] for a in units]
    return genz_1992(np.array(distances), np.array(correlation)), ACCURACY if len(units) > 1 else 0.0


def _of_normals(program: Program, direction: Direction) -> dict[str, Matrix]:
    """Return what one step along a direction weighs the normals with that nothing scales."""
    fixed = own_slopes(program, direction.gradient, None)
    return {source: part[:, 0] / direction.slope for source, part in fixed.items()}


def _of_shocks(program: Program, direction: Direction) -> dict[str, Matrix]:
    """Return what one step along a direction weighs scaled yearly shocks with."""
    scaled = program.plan.scaled
    return {d: own / direction.slope for d, own in direction.gradient.items() if d in scaled}


class _ScalePoints:
    """Even points of everything that scales yearly shocks, for their distribution.

    Attributes
    ----------
    scales
        Tails and drawn parameters by source, shape (rows, point).
    uniforms
        Where in its range each of several things asked at once stands, shape (part - 1, point).
    """

    def __init__(self, program: Program, draws: int) -> None:
        fewest, most = _SCALE_POINTS
        size = min(most, max(fewest, 1 << (draws >> 8).bit_length()))
        design = Design("sobol", size, entropy=0, block=_SCALE_BLOCK)
        most_parts = max(len(functional.smooth_parts()) for functional in program.functionals)
        together = Source(name="parts", rows=most_parts, kind="uniform")
        kinds = {"tail", "scale", "persistence"}
        sources = [together, *(source for source in program.plan.sources if source.kind in kinds)]
        drawn = {}
        for slot, source in enumerate(sources):
            drawn[source.name] = np.empty((source.rows, _SCALE_REPLICATES * size))
            fits = (source.rows - 1) * len(sources) + slot < len(net_directions())
            dimension = Dimension(slot if fits else None, len(sources))
            draw_source(source, dimension, design, drawn[source.name])
        self.uniforms: Matrix = drawn.pop(together.name)
        self.scales: Mapping[str, Matrix] = drawn


def _chance_over_scales(
    program: Program, asked: Sequence[Direction], points: _ScalePoints
) -> tuple[float, float]:
    """Return the probability that the shocks reach every distance, and the half-width of its interval.

    Given their scales the shocks are normal.
    """
    slopes = []
    for direction in asked:
        gradient = {driver: own for driver, own in direction.gradient.items() if own.any()}
        found = own_slopes(program, gradient, points.scales)
        slopes.append({source: part / direction.slope for source, part in found.items()})
    n_points = points.uniforms.shape[1]
    covariances = np.array([[_covariance(one, other, n_points) for other in slopes] for one in slopes])
    distances = np.array([direction.distance for direction in asked])
    uniforms = points.uniforms[: len(asked) - 1]
    chances = chance_given(distances, np.moveaxis(covariances, 2, 0), uniforms)
    interval = replicate_interval(chances.reshape(_SCALE_REPLICATES, -1).mean(axis=1))
    return float(interval.probability), float(interval.high - interval.low) / 2.0


def _covariance(one: Mapping[str, Matrix], other: Mapping[str, Matrix], n_points: int) -> Matrix:
    """Return the covariance of two weighted sums of the same normals, shape (point,)."""
    total = np.zeros(n_points)
    for source, weights in one.items():
        if source in other:
            total += (weights * other[source]).sum(axis=0)
    return total


def corrected_means(met: Matrix, control: Matrix, exact: float) -> Matrix:
    """Return the replicate means of a target with its control's excess regressed out.

    Parameters
    ----------
    met, control
        Parts of each replicate's draws that meet the target and lie in its control, shape (replicate,).
    exact
        Probability of the control.
    """
    excess = control - exact
    spread = float(np.var(control))
    if spread == 0.0:
        return met
    slope = float(np.mean((met - met.mean()) * (control - control.mean()))) / spread
    corrected: Matrix = met - slope * excess
    return corrected


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
