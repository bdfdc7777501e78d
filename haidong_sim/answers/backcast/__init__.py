"""What would have to be true: the least change of path that meets a target."""

from haidong_sim.answers.backcast.backcast import Backcast, backcast, trace_frontier

__all__ = [
    "Backcast",
    "backcast",
    "trace_frontier",
]
