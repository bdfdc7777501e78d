"""A verdict on several targets in a few sentences, English or Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from haidong_sim.words.formatting import format_interval, format_probability
from haidong_sim.words.labels import say

if TYPE_CHECKING:
    from haidong_sim.answers.verdict.past_record import PastRecord
    from haidong_sim.answers.verdict.verdict import Verdict
    from haidong_sim.words.labels import Language

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
