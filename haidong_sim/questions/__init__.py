"""What is asked of a path: questions, one file per kind, and what they find."""

from haidong_sim.questions.asking import ask_target
from haidong_sim.questions.compiling import is_without_energy, question_of, questions_of
from haidong_sim.questions.kinds import KINDS
from haidong_sim.questions.question import Question

__all__ = ["KINDS", "Question", "ask_target", "is_without_energy", "question_of", "questions_of"]
