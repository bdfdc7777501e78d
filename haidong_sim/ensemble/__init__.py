"""Many futures: sampling, blocks of draws through the model, streaming summaries, the result."""

from haidong_sim.ensemble.result import Result
from haidong_sim.ensemble.simulate import project, simulate

__all__ = ["Result", "project", "simulate"]
