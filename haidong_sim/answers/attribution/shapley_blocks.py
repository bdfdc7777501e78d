"""The gap between two runs, split exactly over blocks of the scenario (Shapley value over blocks)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from haidong_sim.coalitions import shapley_values
from haidong_sim.errors import EstimationError, ModelError, Problems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

EXACT = 1e-9
# 2^12 evaluations; more blocks are better grouped than waited for.
MOST_BLOCKS = 12


@dataclass(frozen=True, kw_only=True, repr=False)
class BlockAttribution:
    """Contribution of each block to end − start, arrays of shape (block, outcome, draw).

    `alone` is the effect of the block put first, `last` of the block put last: where they differ, blocks
    interact. `start`, `end` (outcome, draw).
    """

    blocks: tuple[str, ...]
    outcomes: tuple[str, ...]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    contribution: NDArray[np.float64]
    alone: NDArray[np.float64]
    last: NDArray[np.float64]

    @property
    def residual(self) -> NDArray[np.float64]:
        """Gap less all contributions, shape (outcome, draw); zero up to rounding."""
        return np.asarray(self.end - self.start - self.contribution.sum(axis=0))

    def frame(self) -> pd.DataFrame:
        """Return one line per outcome and block: start, end, contribution, share_of_gap, alone, last, ….

        Numbers are means over draws: contributions then add up to the mean gap.
        """
        gap = (self.end - self.start).mean(axis=1)
        return pd.DataFrame(
            [
                {
                    "outcome": outcome,
                    "block": block,
                    "start": self.start[row].mean(),
                    "end": self.end[row].mean(),
                    "contribution": self.contribution[number, row].mean(),
                    "share_of_gap": self.contribution[number, row].mean() / gap[row] if gap[row] else 0.0,
                    "alone": self.alone[number, row].mean(),
                    "last": self.last[number, row].mean(),
                    "residual": self.residual[row].mean(),
                    "method": "Shapley over blocks",
                }
                for row, outcome in enumerate(self.outcomes)
                for number, block in enumerate(self.blocks)
            ]
        )

    def __repr__(self) -> str:
        return f"<BlockAttribution {len(self.outcomes)} outcomes over {', '.join(self.blocks)}>"


def attribute_blocks(
    evaluate: Callable[[frozenset[str]], ArrayLike],
    blocks: Sequence[str],
    *,
    outcome_names: Sequence[str] | None = None,
) -> BlockAttribution:
    """Split the difference that all blocks together make among the blocks.

    Each block gets the mean of its effect over all orders in which the blocks can be switched (Shapley 1953),
    from 2^block evaluations. Works on any outcome: a level, a margin, a probability on common draws.

    Parameters
    ----------
    evaluate : callable
        Takes the names of the blocks that come from the second run (the others come from the first) and
        returns a number, (outcome,) or (outcome, draw).
    blocks : sequence of str

    Raises
    ------
    EstimationError
        If there are no blocks, more than 12, or one twice; if evaluations differ in shape.
    ModelError
        If an evaluation is not finite (names its blocks), or the contributions do not add up.
    """
    names = tuple(blocks)
    if not 0 < len(names) <= MOST_BLOCKS or len(set(names)) != len(names):
        raise EstimationError(
            f"1 to {MOST_BLOCKS} different blocks are needed, given {len(names)}: {', '.join(names)}"
        )
    worth = _evaluate_subsets(evaluate, names)
    outcomes = tuple(outcome_names or (f"outcome{number}" for number in range(1, worth.shape[1] + 1)))
    if len(outcomes) != worth.shape[1]:
        raise EstimationError(f"{worth.shape[1]} outcomes were returned, {len(outcomes)} are named")
    single = 1 << np.arange(len(names))
    result = BlockAttribution(
        blocks=names,
        outcomes=outcomes,
        start=worth[0],
        end=worth[-1],
        contribution=shapley_values(worth),
        alone=worth[single] - worth[0],
        last=worth[-1] - worth[-1 - single],
    )
    if (np.abs(result.residual) > EXACT * np.abs(worth).max(axis=0)).any():
        raise ModelError(f"contributions leave {np.abs(result.residual).max():.3g} of the gap unexplained")
    return result


def with_remainder(found: BlockAttribution, goal: NDArray[np.float64], *, name: str) -> BlockAttribution:
    """Return the attribution that ends at `goal` (outcome, draw): what is left is the block `name`."""
    rest = (goal - found.end)[None]
    return replace(
        found,
        blocks=(*found.blocks, name),
        end=goal,
        contribution=np.concatenate([found.contribution, rest]),
        alone=np.concatenate([found.alone, rest]),
        last=np.concatenate([found.last, rest]),
    )


def _evaluate_subsets(
    evaluate: Callable[[frozenset[str]], ArrayLike], names: tuple[str, ...]
) -> NDArray[np.float64]:
    """Return the outcome of every subset of blocks, shape (2^block, outcome, draw)."""
    found: list[NDArray[np.float64]] = []
    problems = Problems("attribution over blocks")
    for subset in range(2 ** len(names)):
        switched = frozenset(name for number, name in enumerate(names) if subset >> number & 1)
        value = np.asarray(evaluate(switched), dtype=np.float64)
        value = value.reshape((*value.shape[:1], -1)) if value.ndim else value.reshape(1, 1)
        if found and value.shape != found[0].shape:
            raise EstimationError(f"evaluations differ in shape: {found[0].shape} and {value.shape}")
        bad = np.count_nonzero(~np.isfinite(value))
        if bad:
            problems.add(f"blocks {sorted(switched)}", f"{bad} of {value.size} outcomes are not finite")
        found.append(value)
    problems.raise_if_any(ModelError)
    return np.stack(found)
