"""What is published about a place: observations, targets, series, sources, conflicts and the baseline."""

from haidong_sim.registry.baseline import Baseline, BaselineValue
from haidong_sim.registry.history import CapStatistic, HistoricalRange
from haidong_sim.registry.loading import load_registry
from haidong_sim.registry.observations import Observation
from haidong_sim.registry.place import Place, Region
from haidong_sim.registry.policy import PolicyRow, PriorStatistic
from haidong_sim.registry.registry import Registry
from haidong_sim.registry.series import Series, SeriesPoint
from haidong_sim.registry.sources import Conflict, Source
from haidong_sim.registry.targets import Target

__all__ = [
    "Baseline",
    "BaselineValue",
    "CapStatistic",
    "Conflict",
    "HistoricalRange",
    "Observation",
    "Place",
    "PolicyRow",
    "PriorStatistic",
    "Region",
    "Registry",
    "Series",
    "SeriesPoint",
    "Source",
    "Target",
    "load_registry",
]
