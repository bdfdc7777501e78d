"""Many futures: sampling, blocks of draws through the model, streaming summaries, the result."""

from haidong_sim.run.merging import merge_results
from haidong_sim.run.result import Result
from haidong_sim.run.simulate import project, simulate, simulate_many

__all__ = ["Result", "merge_results", "project", "simulate", "simulate_many"]
