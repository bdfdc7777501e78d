"""What is published about a place: observations, targets, series, sources, conflicts and the baseline."""

from haidong_sim.place.baseline import Baseline, BaselineValue
from haidong_sim.place.history import published_history
from haidong_sim.place.limits import CapStatistic, HistoricalRange
from haidong_sim.place.observations import Observation
from haidong_sim.place.place import Place, Region
from haidong_sim.place.policy import PolicyRow, PriorStatistic
from haidong_sim.place.registry import Registry, load_registry
from haidong_sim.place.rows import (
    CAP_NAMES,
    CONFIDENCE,
    PRICE_BASES,
    REGION_ROLES,
    Row,
    model_unit,
    to_model_unit,
)
from haidong_sim.place.series import Series, SeriesPoint, select_series
from haidong_sim.place.sources import Conflict, Source
from haidong_sim.place.targets import Target

__all__ = [
    "CAP_NAMES",
    "CONFIDENCE",
    "PRICE_BASES",
    "REGION_ROLES",
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
    "Row",
    "Series",
    "SeriesPoint",
    "Source",
    "Target",
    "load_registry",
    "model_unit",
    "published_history",
    "select_series",
    "to_model_unit",
]
