"""How far a path is from a target on the scale of the indicator, and when it gets there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from haidong_sim.errors import FeasibilityError
from haidong_sim.indicators import catalogue
from haidong_sim.targets.pace import break_even_year, margin

if TYPE_CHECKING:
    from haidong_sim.targets.functionals import Functional, Get


def margin_on_scale(functional: Functional, values: Any, bounds: Any, margins: Any) -> Any:
    """Return margins on the scale of the indicator; as they are where a value has no place on it.

    Parameters
    ----------
    values, bounds, margins
        What the functional measures, what it asks for and the difference in the target's unit, of one shape.
    """
    if functional.sense == "within" or functional.indicator not in catalogue():
        return margins
    scale = catalogue()[functional.indicator].scale
    direction = 1 if functional.sense == "at_least" else -1
    match functional.kind:
        case "level":
            pass
        case "ratio_to_base":
            scale = "log"
        case "reduction":
            # What is left after a reduction is the level, and the smaller the better.
            scale, direction = "log", -direction
            values, bounds = 1.0 - np.asarray(values), 1.0 - np.asarray(bounds)
        case _:
            return margins
    try:
        return margin(values, bounds, direction=direction, scale=scale)
    except FeasibilityError:
        return margins


def break_even(functional: Functional, path: Get, *, base_year: int) -> float | None:
    """Return when a path first meets a target, as a decimal year; inf if not within the path.

    None where the question has no meaning in another year: mean growth over a period, a smallest change.
    """
    if functional.kind not in {"level", "ratio_to_base", "reduction"}:
        return None
    years, asked = [], []
    for year in range(base_year + 1, base_year + 200):
        try:
            then = functional.at(year)
            asked.append((float(then.value(path)), float(then.bound(path)), float(then.margin(path))))
        except KeyError:
            break
        years.append(year)
    values, bounds, margins = np.array(asked).T
    return float(break_even_year(years, margin_on_scale(functional, values, bounds, margins)))
