"""One year forward: the equations, and the only loop over years."""

from haidong_sim.model.arrays import Year
from haidong_sim.model.audit import Finding, audit_year
from haidong_sim.model.drivers import driver_factors, median_logs
from haidong_sim.model.projects import (
    PROJECT_OUTPUTS,
    ProjectParameters,
    RealizedProjects,
    compile_projects,
    project_drivers,
    project_links,
    project_outputs,
    realize_projects,
    uniform_names,
)
from haidong_sim.model.start import Parameters, active_projects, set_up
from haidong_sim.model.year import project_years

__all__ = [
    "PROJECT_OUTPUTS",
    "Finding",
    "Parameters",
    "ProjectParameters",
    "RealizedProjects",
    "Year",
    "active_projects",
    "audit_year",
    "compile_projects",
    "driver_factors",
    "median_logs",
    "project_drivers",
    "project_links",
    "project_outputs",
    "project_years",
    "realize_projects",
    "set_up",
    "uniform_names",
]
