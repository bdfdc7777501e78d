"""Many futures: sampling, blocks of draws through the model, streaming summaries, the result."""

from haidong_sim.ensemble.merging import merge_results
from haidong_sim.ensemble.result import Result
from haidong_sim.ensemble.simulate import project, simulate, simulate_many

__all__ = ["Result", "merge_results", "project", "simulate", "simulate_many"]
