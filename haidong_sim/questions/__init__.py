"""What is asked of a path: questions, one file per kind, and what they find."""

from haidong_sim.questions.asking import ask_target
from haidong_sim.questions.check import COLUMNS, STATUSES, Chance, check_targets
from haidong_sim.questions.compiling import is_without_energy, question_of, questions_of
from haidong_sim.questions.kinds import KINDS
from haidong_sim.questions.margins import break_even
from haidong_sim.questions.pace import annual_milestones, catch_up_factor, off_scale, on_scale, required_rate
from haidong_sim.questions.question import Get, Question, is_growth_rate

__all__ = [
    "COLUMNS",
    "KINDS",
    "STATUSES",
    "Chance",
    "Get",
    "Question",
    "annual_milestones",
    "ask_target",
    "break_even",
    "catch_up_factor",
    "check_targets",
    "is_growth_rate",
    "is_without_energy",
    "off_scale",
    "on_scale",
    "question_of",
    "questions_of",
    "required_rate",
]
