"""Many futures: sampling, blocks of draws through the model, streaming summaries, the result."""

from haidong_sim.run.answer import Answer
from haidong_sim.run.block import (
    RAW,
    Draws,
    NamedVariates,
    Variates,
    deviations,
    project_block,
    project_deviations,
)
from haidong_sim.run.case import Case, RegistrySource, Subject, case_of, subjects_of
from haidong_sim.run.checkpoint import write_part
from haidong_sim.run.common_draws import CommonDraws
from haidong_sim.run.conditioning import attainment_probability, conditional_chance
from haidong_sim.run.control import find_controls
from haidong_sim.run.crews import Crew, open_crew
from haidong_sim.run.directions import narrowed
from haidong_sim.run.execution import Job, plan_blocks, plan_tasks, run_task
from haidong_sim.run.loading import load_result
from haidong_sim.run.merging import merge_results
from haidong_sim.run.program import Program, compile_scenario
from haidong_sim.run.replaying import Replay, program_with_users, replay_years
from haidong_sim.run.result import Result
from haidong_sim.run.run_files import ASSUMPTIONS, INDICATORS, PAGE, SCENARIO, TARGETS, save_result
from haidong_sim.run.samplers import BLOCK_DRAWS
from haidong_sim.run.saving import (
    FIGURES,
    Destination,
    Draft,
    amended_folder,
    csv_bytes,
    new_file,
    require_free,
    save_files,
)
from haidong_sim.run.shocks import Source, Term
from haidong_sim.run.simulate import (
    Run,
    RunOptions,
    prepare_run,
    project,
    require_count,
    require_draws,
    result_of,
    results_of,
    simulate,
    simulate_many,
)
from haidong_sim.run.summary import Part, pilot_grids, set_members, summarize_block
from haidong_sim.run.verifying import SavedRun, open_saved, verify_result

__all__ = [
    "ASSUMPTIONS",
    "BLOCK_DRAWS",
    "FIGURES",
    "INDICATORS",
    "PAGE",
    "RAW",
    "SCENARIO",
    "TARGETS",
    "Answer",
    "Case",
    "CommonDraws",
    "Crew",
    "Destination",
    "Draft",
    "Draws",
    "Job",
    "NamedVariates",
    "Part",
    "Program",
    "RegistrySource",
    "Replay",
    "Result",
    "Run",
    "RunOptions",
    "SavedRun",
    "Source",
    "Subject",
    "Term",
    "Variates",
    "amended_folder",
    "attainment_probability",
    "case_of",
    "compile_scenario",
    "conditional_chance",
    "csv_bytes",
    "deviations",
    "find_controls",
    "load_result",
    "merge_results",
    "narrowed",
    "new_file",
    "open_crew",
    "open_saved",
    "pilot_grids",
    "plan_blocks",
    "plan_tasks",
    "prepare_run",
    "program_with_users",
    "project",
    "project_block",
    "project_deviations",
    "replay_years",
    "require_count",
    "require_draws",
    "require_free",
    "result_of",
    "results_of",
    "run_task",
    "save_files",
    "save_result",
    "set_members",
    "simulate",
    "simulate_many",
    "subjects_of",
    "summarize_block",
    "verify_result",
    "write_part",
]
