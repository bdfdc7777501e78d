"""When a path gets to a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.questions.pace import break_even_year

if TYPE_CHECKING:
    from haidong_sim.questions.question import Get, Question


def break_even(question: Question, path: Get, *, base_year: int) -> float | None:
    """Return when a path first meets a target, as a decimal year; inf if not within the path.

    None where the question has no meaning in another year (mean growth over a period, a smallest change), and
    where it asks for one number exactly, which a path only passes.
    """
    if not question.is_level or (question.direction == 0 and question.upper is None):
        return None
    years, asked = [], []
    for year in range(base_year + 1, base_year + 200):
        try:
            then = question.at(year)
            asked.append((float(then.value(path)), float(then.bound(path)), float(then.margin(path))))
        except KeyError:
            break
        years.append(year)
    values, bounds, margins = np.array(asked).T
    return float(break_even_year(years, question.margin_on_scale(values, bounds, margins)))
