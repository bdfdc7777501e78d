"""Are we on track: published lights of the trend beside odds that know what has happened."""

from haidong_sim.answers.monitoring.lights import STATUSES
from haidong_sim.answers.monitoring.monitor import Monitoring, monitor

__all__ = [
    "STATUSES",
    "Monitoring",
    "monitor",
]
