"""What each number means: declarations, units, price bases and labels of the projected indicators."""

from haidong_sim.indicators.catalogue import Indicator, Scale, catalogue, indicator
from haidong_sim.indicators.wiring import Formula, evaluate_formulas, formulas, order_formulas

__all__ = [
    "Formula",
    "Indicator",
    "Scale",
    "catalogue",
    "evaluate_formulas",
    "formulas",
    "indicator",
    "order_formulas",
]
