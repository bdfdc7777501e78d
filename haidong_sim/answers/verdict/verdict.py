"""The verdict on targets of a run: how far, how fast, how likely, and how likely together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.answers.verdict.joint import attainment_from_masks, crossing_of
from haidong_sim.answers.verdict.record import last_actuals, past_record
from haidong_sim.engine import wilson_1927
from haidong_sim.errors import FeasibilityError, Problems, public, unknown_name
from haidong_sim.questions import break_even, catch_up_factor, is_growth_rate, required_rate
from haidong_sim.run import Answer, result_of
from haidong_sim.words import format_interval, format_probability, require_language, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from haidong_sim.answers.verdict.joint import Attainment, CrossingYears
    from haidong_sim.answers.verdict.record import Actual, PastRecord
    from haidong_sim.engine import Rng
    from haidong_sim.questions import Get, Question
    from haidong_sim.run import RegistrySource, Result, Subject
    from haidong_sim.words import Language

_NO_PACE: Final = dict.fromkeys(("needed_rate", "achieved_rate", "catch_up_factor"), math.nan)


def verdict_rows(
    result: Result,
    functionals: Iterable[Question],
    *,
    actuals: Mapping[str, Actual],
    record: PastRecord,
    classes: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    """Return one row per target.

    Parameters
    ----------
    actuals
        Last actual value by indicator.
    record
        Of the previous plan; the same in every row, so that no probability is read without it.
    classes
        Names of targets by class (binding, expected ...).
    """
    everything, economic = record.reference(), record.reference(economic_only=True)
    past = {
        "past_record": f"{everything.met} of {everything.n}",
        "past_rate": everything.mean,
        "past_record_economic": f"{economic.met} of {economic.n}",
        "past_rate_economic": economic.mean,
    }
    class_of = {name: kind for kind, names in classes.items() for name in names}

    def path(name: str, year: int) -> float:
        return result.path[name, year]

    rows = []
    for f in functionals:
        row = {"target": f.name, "indicator": f.indicator, "class": class_of[f.name], "deadline": f.last_year}
        row |= _distance(f, path)
        row |= _pace(f, actuals[f.indicator], path)
        row["break_even_year"] = break_even(f, path, base_year=int(result.years[0]))
        chance = result.chances.get(f.name)
        rows.append(row | ({} if chance is None else vars(chance)) | past)
    return rows


def _distance(f: Question, path: Get) -> dict[str, Any]:
    value, bound, distance = float(f.value(path)), float(f.bound(path)), float(f.margin(path))
    return {
        "status": f.status(distance),
        "value": value,
        "threshold": bound,
        "threshold_high": f.upper,
        "margin": distance,
        "margin_on_scale": float(f.margin_on_scale(value, bound, distance)),
    }


def _pace(f: Question, actual: Actual, path: Get) -> dict[str, Any]:
    """Return the rate needed from the last actual year, the rate achieved since the base, and their ratio."""
    found = {"last_actual_year": actual.year, "last_actual": actual.value} | _NO_PACE
    base, goal = float(path(f.indicator, f.first_year)), f.level_to_reach(path)
    if goal is None or goal <= 0.0 or actual.value <= 0.0 or is_growth_rate(f.indicator):
        return found
    needed = float(required_rate(goal, actual.value, years=f.last_year - actual.year))
    found["needed_rate"] = needed
    if actual.year > f.first_year and base > 0.0:
        achieved = float(required_rate(actual.value, base, years=actual.year - f.first_year))
        # Between two ends the way leads to the nearer one.
        direction = f.level_direction or (1 if goal >= base else -1)
        factor = float(catch_up_factor(needed, achieved, direction=direction))
        found |= {"achieved_rate": achieved, "catch_up_factor": factor}
    return found


NONE: Final = "none"
"""Key of the draws in which no target is missed."""


@dataclass(frozen=True, kw_only=True)
class Joint:
    """Probability that all targets are met in the same future.

    The interval is Wilson's on the number of draws: no narrower than plain draws would allow. `frechet` are
    the least and greatest values that the single probabilities allow under any dependence;
    `independence_product` is what multiplying them gives, wrong wherever targets hang together.
    """

    probability: float
    ci_low: float
    ci_high: float
    frechet: tuple[float, float]
    independence_product: float


@dataclass(frozen=True, kw_only=True, repr=False)
class Verdict(Answer):
    """What a run says about some targets.

    Attributes
    ----------
    actuals
        Last actual value by indicator; needed rates start there.
    record
        What became of the targets of the previous plan.
    language
        Of the sentences, unless they are asked for in another.
    """

    result: Result
    functionals: tuple[Question, ...]
    actuals: Mapping[str, Actual]
    record: PastRecord
    language: Language = "en"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the targets judged."""
        return tuple(functional.name for functional in self.functionals)

    def frame(self) -> pd.DataFrame:
        """Return one row per target.

        Margins in the target's unit and on the indicator's scale (log, log-odds); rates are fractions a year
        from the last actual year; the last four columns are the reference class of the previous plan.
        """
        import pandas as pd

        return pd.DataFrame(
            verdict_rows(
                self.result,
                self.functionals,
                actuals=self.actuals,
                record=self.record,
                classes=self._classes(),
            )
        )

    @cached_property
    def joint(self) -> Joint:
        """The probability of meeting all of them, and what the single ones would allow."""
        return self._joint(None)

    @cached_property
    def attainment(self) -> Attainment:
        """Which of these targets are met together, and how often."""
        if self.result.part is None:
            raise FeasibilityError(
                "a path without shocks has no probabilities; take the verdict of simulate(scenario, ...)"
            )
        names = [functional.name for functional in self.result.functionals]
        return attainment_from_masks(self.result.masks, names).among(self.names)

    def expected_met(self) -> float:
        """Return the expected number of targets met."""
        return self.attainment.expected_met()

    def number_met(self) -> pd.Series[float]:
        """Return the probability of meeting exactly 0, 1, ..., all of the targets."""
        import pandas as pd

        return pd.Series(self.attainment.number_met(), name="probability").rename_axis("targets met")

    def lift(self) -> pd.DataFrame:
        """Return P(both) / (P(row) P(column)): above 1 the two help each other."""
        return self._square(self.attainment.lift())

    def conditional(self) -> pd.DataFrame:
        """Return P(column met | row met)."""
        return self._square(self.attainment.conditional())

    def first_to_fail(self) -> pd.Series[float]:
        """Return how often each target is the first to be missed, by deadline; "none" if none is.

        Targets of one deadline share a future in which several of them are missed.
        """
        import pandas as pd

        found = self.attainment.first_to_fail({f.name: f.last_year for f in self.functionals})
        return pd.Series({**found, NONE: self.attainment.joint()}, name="probability")

    def by_class(self) -> pd.DataFrame:
        """Return binding, expected and other targets apart, one row a class."""
        import pandas as pd

        rows = []
        for kind, names in self._classes().items():
            joint = self._joint(names)
            rows.append(
                {
                    "class": kind,
                    "targets": len(names),
                    "met_without_shocks": sum(self._is_met(name) for name in names),
                    "expected_met": self.attainment.expected_met(names),
                    "joint_probability": joint.probability,
                    "ci_low": joint.ci_low,
                    "ci_high": joint.ci_high,
                    "frechet_low": joint.frechet[0],
                    "frechet_high": joint.frechet[1],
                }
            )
        return pd.DataFrame(rows)

    def crossing(self, target: str, *, is_sustained: bool = False) -> CrossingYears:
        """Return when the futures first meet a level target, and the mass that never does before the horizon.

        With `is_sustained` only a crossing without relapse counts; see `crossing_of`.
        """
        return crossing_of(self.result, self._functional(target), is_sustained=is_sustained)

    def sentences(self, language: Language | None = None) -> list[str]:
        """Return what a planner should know of all of them together, with the record of the previous plan."""
        return verdict_sentences(self, require_language(language or self.language))

    def __repr__(self) -> str:
        if self.result.part is None:
            name = self.result.scenario.name
            return f"<Verdict on {len(self.names)} targets of '{name}', path without shocks only>"
        low, high = self.joint.frechet
        everything, economic = self.record.reference(), self.record.reference(economic_only=True)
        return (
            f"<Verdict on {len(self.names)} targets of '{self.result.scenario.name}': "
            f"{self.expected_met():.1f} expected to be met, all together {self.joint.probability:.1%} "
            f"[{self.joint.ci_low:.1%}, {self.joint.ci_high:.1%}] (any dependence: {low:.1%} to {high:.1%}); "
            f"the previous plan met {everything.met} of {everything.n}, "
            f"on economic quantities {economic.met} of {economic.n}>"
        )

    def _joint(self, names: Sequence[str] | None) -> Joint:
        met = self.attainment
        share = met.joint(names)
        counted = wilson_1927(round(share * met.n), met.n)
        return Joint(
            probability=share,
            ci_low=float(counted.low),
            ci_high=float(counted.high),
            frechet=met.frechet(names),
            independence_product=met.independence_product(names),
        )

    def _classes(self) -> dict[str, list[str]]:
        known = {target.id: target.binding for target in self.result.registry.targets}
        found: dict[str, list[str]] = {}
        for functional in self.functionals:
            found.setdefault(known.get(functional.target_id, "own question"), []).append(functional.name)
        return found

    def _is_met(self, name: str) -> bool:
        functional = self._functional(name)
        margin = functional.margin(lambda indicator, year: self.result.path[indicator, year])
        return bool(functional.is_met(float(margin)))

    def _functional(self, name: str) -> Question:
        for functional in self.functionals:
            if functional.name == name:
                return functional
        raise FeasibilityError(unknown_name("target of this verdict", name, self.names))

    def _square(self, values: NDArray[np.float64]) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(values, index=list(self.names), columns=list(self.names))


@public
def verdict(
    subject: Subject,
    targets: str | Sequence[str] | None = None,
    *,
    actuals: Mapping[str, tuple[int, float]] | None = None,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
    language: Language = "en",
    progress: bool | None = None,
) -> Verdict:
    """Return the verdict on one, several or (None) all targets of a run.

    Parameters
    ----------
    subject
        A result (of `project`: without probabilities), a scenario, a name or a path.
    targets
        Names of targets of the run: ids of the registry, or questions that the run was asked.
    actuals
        Year and value that have happened, by indicator, in place of the registry's last published ones.
    draws
        Futures: those of a result, else 100 000, if None; 0 for the path without shocks alone.
    rng, registry, progress
        As in `simulate`.
    language
        "en" or "zh": of the sentences.

    Raises
    ------
    FeasibilityError
        For an empty list, unknown targets, and actuals of unknown indicators or at or after a deadline; all
        problems at once.
    """
    result = result_of(subject, draws=draws, rng=rng, registry=registry, progress=progress)
    known = {functional.name: functional for functional in result.functionals}
    if targets is None:
        names: list[str] = [name for name, functional in known.items() if not functional.reading]
    else:
        names = [targets] if isinstance(targets, str) else list(dict.fromkeys(targets))
    problems = Problems("verdict")
    if not names:
        problems.add("targets", "the list is empty; name at least one target, or None for all")
    for name in names:
        if name not in known:
            problems.add("", unknown_name("projected target", name, known))
    problems.raise_if_any(FeasibilityError)
    chosen = tuple(known[name] for name in names)
    return Verdict(
        result=result,
        functionals=chosen,
        actuals=last_actuals(result, chosen, actuals or {}),
        record=past_record(result.registry),
        language=require_language(language),
    )


_CLASSES: Final = {
    "binding": ("binding", "约束性"),
    "expected": ("expected", "预期性"),
    "action_plan": ("action plan", "行动方案"),
    "unspecified": ("unspecified", "未注明"),
    "own question": ("own questions", "自定义"),
}


def verdict_sentences(verdict: Verdict, lang: Language = "en") -> list[str]:
    """Say how many targets are expected to be met, by class too, and the record to hold against it.

    Raises
    ------
    FeasibilityError
        If the run has no draws.
    """
    joint, count = verdict.joint, len(verdict.names)
    chance = format_probability(joint.probability, verdict.attainment.n)
    interval = format_interval(joint.ci_low, joint.ci_high)
    low, high = joint.frechet
    expected = verdict.expected_met()
    said = [
        say(
            lang,
            f"Of {count} targets {expected:.1f} are expected to be met; all of them in {chance} of futures "
            f"{interval}. Their single chances alone would allow {low:.1%} to {high:.1%}.",
            f"{count}项目标预计达成{expected:.1f}项；全部达成的概率为{chance} {interval}，"
            f"仅由各项概率推得的范围为{low:.1%}至{high:.1%}。",
        )
    ]
    parts = [
        say(
            lang,
            f"{_class(row['class'])[0]} {row['expected_met']:.1f} of {row['targets']} "
            f"(all: {format_probability(row['joint_probability'], verdict.attainment.n)})",
            f"{_class(row['class'])[1]}{row['targets']}项预计达成{row['expected_met']:.1f}项"
            f"（全部：{format_probability(row['joint_probability'], verdict.attainment.n)}）",
        )
        for row in verdict.by_class().to_dict("records")
    ]
    if len(parts) > 1:
        said.append(
            say(lang, "By class: ", "分类：") + say(lang, "; ", "；").join(parts) + say(lang, ".", "。")
        )
    return [*said, *record_sentences(verdict.record, lang)]


def _class(name: str) -> tuple[str, str]:
    return _CLASSES.get(name, (name, name))


def record_sentences(record: PastRecord, lang: Language = "en") -> list[str]:
    """Say how the previous plan fared; nothing if it left no record."""
    everything, economic = record.reference(), record.reference(economic_only=True)
    if not everything.n:
        return []
    low, high = everything.interval
    return [
        say(
            lang,
            f"Hold against every chance: the previous plan met {everything.met} of {everything.n} numeric "
            f"targets ({low:.0%} to {high:.0%}), {economic.met} of {economic.n} on economic quantities (a "
            f"chance of {economic.mean:.0%}).",
            f"对照：上一规划{everything.n}项量化目标达成{everything.met}项（90%区间{low:.0%}至{high:.0%}），"
            f"其中经济总量类{economic.n}项达成{economic.met}项（相当于{economic.mean:.0%}）。",
        )
    ]
