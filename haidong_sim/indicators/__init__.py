"""What each number means: declarations, units, price bases and labels of the projected indicators."""

from haidong_sim.indicators.catalogue import Indicator, catalogue, indicator

__all__ = ["Indicator", "catalogue", "indicator"]
