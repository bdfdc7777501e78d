"""Growth paths: one module per kind, each with its declaration, its checks and its formula."""

from haidong_sim.scenario.paths.assembly import PATH_KINDS, PathSpec, explain, load_path
from haidong_sim.scenario.paths.contract import Path, PathContext
from haidong_sim.scenario.paths.quantities import Sourced

__all__ = [
    "PATH_KINDS",
    "Path",
    "PathContext",
    "PathSpec",
    "Sourced",
    "explain",
    "load_path",
]
