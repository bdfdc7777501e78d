"""Sums over a pick-freeze design: all that first, total and second-order estimators need of the outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haidong_sim.answers.sensitivity.study import Floats

ALWAYS = ("count", "a", "b", "aa", "bb", "ab", "c", "ca", "cb", "cc")


@dataclass(frozen=True, kw_only=True)
class PickFreeze:
    """Outputs on the two base designs and on their mixtures.

    `at_a`, `at_b` (row, draw); `at_ab` (factor, row, draw) is design A with one factor taken from B; `at_ba`,
    the other way round, is needed for second-order indices only.
    """

    at_a: Floats
    at_b: Floats
    at_ab: Floats
    at_ba: Floats | None = None


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Sums of products of outputs; a leading axis counts groups of base points, or resamples of them.

    Names: a, b are designs A and B; c is A with one factor from B; d is B with one factor from A.
    """

    count: Floats  # (group,)
    a: Floats  # (group, row), as the next four
    b: Floats
    aa: Floats
    bb: Floats
    ab: Floats
    c: Floats  # (group, factor, row), as the next three
    ca: Floats
    cb: Floats
    cc: Floats
    d: Floats | None = None  # (group, factor, row)
    dc: Floats | None = None  # (group, factor of d, factor of c, row)

    def weighted(self, weights: Floats) -> Sums:
        """Return the sums of resamples: `weights` (resample, group) says how often each group is in each."""

        def mix(values: Floats) -> Floats:
            return np.asarray((weights @ values.reshape(len(values), -1)).reshape(-1, *values.shape[1:]))

        return Sums(
            **{name: mix(getattr(self, name)) for name in ALWAYS},
            d=None if self.d is None else mix(self.d),
            dc=None if self.dc is None else mix(self.dc),
        )

    @classmethod
    def joined(cls, blocks: list[Sums]) -> Sums:
        """Put the groups of several blocks of base points one after the other."""
        second = [(block.d, block.dc) for block in blocks if block.d is not None and block.dc is not None]
        return cls(
            **{name: np.concatenate([getattr(block, name) for block in blocks]) for name in ALWAYS},
            d=np.concatenate([d for d, _ in second]) if second else None,
            dc=np.concatenate([dc for _, dc in second]) if second else None,
        )


def sum_products(outputs: PickFreeze, starts: NDArray[np.int64], centre: Floats, scale: Floats) -> Sums:
    """Sum the products of outputs over groups of base points.

    Parameters
    ----------
    starts : shape (group,)
        First base point of each group; groups are consecutive and not empty.
    centre, scale : shape (row,)
        Subtracted from and divided into the outputs first, which keeps the sums exact to rounding.
    """
    a, b = _scaled(outputs.at_a, centre, scale), _scaled(outputs.at_b, centre, scale)

    def total(values: Floats) -> Floats:
        return np.add.reduceat(values, starts, axis=-1).T

    # One factor at a time: its outputs then stay in the processor's cache for all their products.
    mixed: dict[str, list[Floats]] = {"c": [], "ca": [], "cb": [], "cc": [], "d": [], "dc": []}
    for part in outputs.at_ab:
        c = _scaled(part, centre, scale)
        for name, value in (("c", c), ("ca", c * a), ("cb", c * b), ("cc", c * c)):
            mixed[name].append(total(value))
    for part in () if outputs.at_ba is None else outputs.at_ba:
        d = _scaled(part, centre, scale)
        mixed["d"].append(total(d))
        pairs = [total(d * _scaled(other, centre, scale)) for other in outputs.at_ab]
        mixed["dc"].append(np.stack(pairs, axis=1))
    return Sums(
        count=np.diff(starts, append=a.shape[-1]).astype(np.float64),
        a=total(a), b=total(b), aa=total(a * a), bb=total(b * b), ab=total(a * b),
        **{name: np.stack(values, axis=1) for name, values in mixed.items() if values},
    )  # fmt: skip


def _scaled(values: Floats, centre: Floats, scale: Floats) -> Floats:
    shifted = values - centre[:, None]
    shifted *= 1 / scale[:, None]
    return shifted
