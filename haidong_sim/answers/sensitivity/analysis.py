"""Sensitivity of a run or a scenario: one call, every outcome and year asked, a tidy table back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from haidong_sim.answers.sensitivity.discovery import Discovery, discover_box
from haidong_sim.answers.sensitivity.methods import MEASURES, METHODS, require_options
from haidong_sim.answers.sensitivity.replay import outcome_names, outcome_units, replay, set_up_questions
from haidong_sim.answers.sensitivity.sentences import sensitivity_sentences
from haidong_sim.errors import EstimationError, public, unknown_name
from haidong_sim.run import Answer
from haidong_sim.views import view
from haidong_sim.words import require_language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from haidong_sim.answers.sensitivity.study import Rng
    from haidong_sim.run import RegistrySource, Subject
    from haidong_sim.words import Language

TARGETS = "targets"
"""Stands for every target that the scenario answers."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Sensitivity(Answer):
    """The table of one method, with what is needed to make it again.

    `names` gives each outcome its name in English and Chinese, `units` its unit; `language` is that of
    the sentences, unless they are asked for in another.
    """

    scenario: str
    method: str
    entropy: int
    draws: int
    table: pd.DataFrame
    names: Mapping[str, tuple[str, str]]
    units: Mapping[str, str]
    language: Language = "en"

    def frame(self) -> pd.DataFrame:
        """Return scenario, outcome (or target), year, input and the columns of the method."""
        return self.table.copy()

    def matrix(self, column: str | None = None) -> pd.DataFrame:
        """Return one column of the table as outcome (and year) × input: what a heat map shows.

        Parameters
        ----------
        column
            By default the measure of the method: S1, ST, the Shapley share, the swing, ….

        Raises
        ------
        EstimationError
            If the table has no such column, or no one number per outcome and input.
        """
        if self.method not in MEASURES:
            raise EstimationError(f"method '{self.method}' has no one number for each outcome and input")
        name = column or MEASURES[self.method]
        if name not in self.table:
            raise EstimationError(unknown_name("column", name, [str(head) for head in self.table]))
        rows = "target" if "target" in self.table else "outcome"
        several = self.table.groupby(rows)["year"].nunique().max() > 1
        index: list[str] = [rows, "year"] if several else [rows]
        wide = self.table.pivot_table(index=index, columns="input", values=name, sort=False, dropna=False)
        return wide[list(dict.fromkeys(self.table["input"]))]

    def sentences(self, language: Language | None = None) -> list[str]:
        """Say what decides each outcome, one sentence each; see `sensitivity_sentences`."""
        words = require_language(language or self.language)
        return sensitivity_sentences(self.method, self.table, words, names=self.names)

    def plot(self, **options: Any) -> Any:
        """Draw the table: a heat map of every outcome × every input, or one outcome (`plot_sensitivity`)."""
        return view("sensitivity")(self, **options)


@public
def analyze_sensitivity(
    subject: Subject,
    outcomes: str | Sequence[str] | None = None,
    *,
    method: str = "given_data",
    years: Sequence[int] | None = None,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
    language: Language = "en",
    **options: Any,
) -> Sensitivity:
    """Say which uncertain quantities decide the outcomes.

    Parameters
    ----------
    subject
        A run, whose scenario and streams are drawn from again (plainly: intervals are then honest; a run with
        `sampler="mc"` gives its own draws), a scenario, a name or a path.
    outcomes
        Targets and indicators by name; "targets" or None for every target. A target's outcome is its margin.
    method
        From draws: "given_data" (S1, rank correlation, PAWN), "shapley" (linear fit, dependence respected),
        "probability", "flips", "information" (targets only). By design, over independent factors: "sobol",
        "morris", "tornado", "spider". "conventions": the verdicts under every way of measuring.
    draws
        Draws to use; those of a run, at most 32 768, if None. Base points of "sobol" are `base_points=`.
    rng, registry
        As in `simulate`.
    language
        "en" or "zh": of the sentences.
    options
        Of the method, such as `resamples` of "shapley", `base_points` of "sobol", `of` of "flips".

    Raises
    ------
    ArgumentError
        If the method has no such option.
    EstimationError
        If a method, outcome or year is unknown, or nothing is uncertain.
    ModelError
        If an outcome is not finite.
    """
    if method not in METHODS:
        raise EstimationError(unknown_name("method", method, METHODS))
    require_options(method, options)
    asked = (outcomes,) if isinstance(outcomes, str) else outcomes
    named = None if asked is None or tuple(asked) == (TARGETS,) else asked
    setting = set_up_questions(subject, named, years, draws=draws, rng=rng, registry=registry)
    if not setting.outcomes:
        raise EstimationError("there is no outcome to explain: name an indicator or a target")
    generator = np.random.default_rng(setting.entropy)
    # The products here are narrow: threads of the linear algebra would wait for each other.
    with threadpool_limits(limits=1):
        table = METHODS[method](setting, generator, options)
    table.insert(0, "scenario", setting.program.scenario.name)
    return Sensitivity(
        scenario=setting.program.scenario.name,
        method=method,
        entropy=setting.entropy,
        draws=setting.draws,
        table=table,
        names=outcome_names(setting),
        units=outcome_units(setting),
        language=require_language(language),
    )


@public
def discover(
    subject: Subject,
    outcome: str | Sequence[str] = "binding",
    *,
    density: float | None = None,
    alpha: float = 0.05,
    least_mass: float = 0.05,
    resamples: int = 50,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
) -> Discovery:
    """Find the inputs under which targets are met, as a box and a sentence.

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path.
    outcome
        A target, several (met together), "binding" (all binding targets) or "all".
    density, alpha, least_mass, resamples
        As in `discover_box`.
    draws
        Draws to use; those of a run, at most 32 768, if None.
    rng, registry
        As in `simulate`.

    Raises
    ------
    EstimationError
        If a target is unknown or not projected, or the outcome is the same in every draw.
    """
    names = [outcome] if isinstance(outcome, str) and outcome not in {"binding", "all"} else outcome
    setting = set_up_questions(subject, None, None, draws=draws, rng=rng, registry=registry)
    binding = {target.id for target in setting.registry.targets if target.binding == "binding"}
    first = {one.name: one for one in setting.outcomes if one.functional and not one.functional.reading}
    if isinstance(names, str):
        names = [name for name in first if names == "all" or name in binding]
    if unknown := [name for name in names if name not in first]:
        raise EstimationError(unknown_name("projected target", unknown[0], first))
    if not names:
        raise EstimationError("no binding target is projected in this scenario")
    years = replay(setting.about([first[name] for name in names])).by_year()
    together = np.logical_and.reduce([year.met.all(axis=0) for year in years])
    last = max(years, key=lambda year: year.year)
    return discover_box(
        last.inputs,
        together,
        input_names=last.names,
        density=density,
        alpha=alpha,
        least_mass=least_mass,
        resamples=resamples,
        rng=setting.entropy,
    )


__all__ = ["METHODS", "Sensitivity", "analyze_sensitivity", "discover"]
