"""Conflicts and relaxations as sentences for planners, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from haidong_sim.errors import FeasibilityError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haidong_sim.answers.conflicts.conflicts import Conflicts
    from haidong_sim.answers.conflicts.linear_plan import Group, LinearPlan
    from haidong_sim.answers.conflicts.relaxation import MinimumEffort, Relaxation

Language = Literal["en", "zh"]


def conflict_sentences(conflicts: Conflicts, language: Language = "en") -> list[str]:
    """Say which demands exclude each other, whether these are all conflicts, and the smallest way out.

    Raises
    ------
    FeasibilityError
        For a language other than "en" or "zh".
    """
    _require_language(language)
    demands = len(conflicts.plan.relaxable)
    if conflicts.is_feasible:
        return [_no_conflict(demands, language, complete=conflicts.complete)]
    found = [_headline(len(conflicts.sets), language, complete=conflicts.complete)]
    for number, names in enumerate(conflicts.sets, 1):
        listed = _listed(conflicts.plan, names, language)
        found.append(_one_set(number, len(names), listed, language))
    if conflicts.smallest_repair:
        given_up = _listed(conflicts.plan, conflicts.smallest_repair, language)
        alone = all(
            len([r for r in part if len(r) == len(min(part, key=len))]) == 1 for part in conflicts.repairs
        )
        found.append(_way_out(given_up, language, alone=alone, complete=conflicts.complete))
    return found


def relaxation_sentences(relaxation: Relaxation, language: Language = "en") -> list[str]:
    """Say what gives way and how far it still gets, and which demands carry the cost.

    Raises
    ------
    FeasibilityError
        For a language other than "en" or "zh".
    """
    _require_language(language)
    if not relaxation.slacks:
        return ["Nothing has to give way." if language == "en" else "无需放宽任何要求。"]
    found = []
    for name in relaxation.slacks:
        group = relaxation.plan.group(name)
        found.append(_concession(group, relaxation.levels.get(name), language))
    binding = [
        name for name, price in relaxation.prices.items() if price > 1e-9 and name not in relaxation.slacks
    ]
    if binding:
        listed = _listed(relaxation.plan, tuple(binding), language)
        found.append(f"What stands in the way: {listed}." if language == "en" else f"制约因素：{listed}。")
    return found


def price_sentences(effort: MinimumEffort, language: Language = "en") -> list[str]:
    """Say which targets the least-effort path has to reach for, by what one percent more costs.

    Raises
    ------
    FeasibilityError
        For a language other than "en" or "zh".
    """
    _require_language(language)
    targets = [group for group in effort.plan.relaxable if group.kind == "target"]
    priced = sorted(
        (g for g in targets if effort.prices[g.name] > 1e-9), key=lambda g: -effort.prices[g.name]
    )
    if not priced:
        return [
            "The scenario's own path meets every target; none costs effort."
            if language == "en"
            else "情景自身路径已满足各项目标，无需额外努力。"
        ]
    dearest = effort.prices[priced[0].name]
    listed = ("; " if language == "en" else "；").join(
        f"{label(g, language)} ({effort.prices[g.name] / dearest:.2f})" for g in priced
    )
    if language == "en":
        return [
            f"Effort for one percent more, dearest target = 1: {listed}. The other targets follow from these."
        ]
    return [f"目标每提高1%所需努力（最高者=1）：{listed}。其余目标随之实现。"]


def no_history_sentences(names: Sequence[str], language: Language = "en") -> list[str]:
    """Say which rates nothing limits, because the data of the place hold no history of them.

    Raises
    ------
    FeasibilityError
        For a language other than "en" or "zh".
    """
    _require_language(language)
    if not names:
        return []
    if language == "en":
        return [f"No limit from history, the data of this place hold none: {', '.join(names)}."]
    return [f"该地数据未列出历史依据，以下各项未设上限：{'、'.join(names)}。"]


def label(group: Group, language: Language) -> str:
    """Return the group's label in `language`, or its name if it has none."""
    return (group.label_en if language == "en" else group.label_zh) or group.name


def shown(value: float, unit: str) -> str:
    """Write a level with its unit: fractions as percent, the rest as a plain number."""
    return f"{100.0 * value:.2f}%" if unit.startswith("fraction") else f"{value:.4g}"


def _require_language(language: str) -> None:
    if language not in {"en", "zh"}:
        raise FeasibilityError(unknown_name("language", language, ("en", "zh")))


def _listed(plan: LinearPlan, names: tuple[str, ...], language: Language) -> str:
    return ("; " if language == "en" else "；").join(label(plan.group(name), language) for name in names)


def _no_conflict(demands: int, language: Language, *, complete: bool) -> str:
    if not complete:
        return (
            "The search was stopped before a conflict was found or ruled out."
            if language == "en"
            else "搜索提前终止，尚不能判断是否存在冲突。"
        )
    if language == "en":
        return f"All {demands} targets and bounds can hold together."
    return f"全部{demands}项目标和约束可以同时成立。"


def _headline(count: int, language: Language, *, complete: bool) -> str:
    if language == "en":
        if not complete:
            noun = "conflict" if count == 1 else "conflicts"
            return f"At least {count} minimal {noun}; the search was stopped, there may be more."
        if count == 1:
            return "There is exactly one minimal conflict."
        return (
            f"There are exactly {count} minimal conflicts; the plan holds only when each of them is broken."
        )
    if not complete:
        return f"至少存在{count}组最小冲突；搜索提前终止，可能还有其他冲突。"
    return "仅存在一组最小冲突。" if count == 1 else f"共存在{count}组最小冲突；须逐一化解，规划方可成立。"


def _one_set(number: int, size: int, listed: str, language: Language) -> str:
    if language == "en":
        if size == 1:
            return f"Conflict {number}: this cannot hold by itself: {listed}."
        return (
            f"Conflict {number}: these {size} cannot all hold, but would without any one of them: {listed}."
        )
    if size == 1:
        return f"冲突{number}：以下要求自身即不可能成立：{listed}。"
    return f"冲突{number}：以下{size}项不能同时成立，放弃其中任何一项后其余即可成立：{listed}。"


def _way_out(listed: str, language: Language, *, alone: bool, complete: bool) -> str:
    if language == "en":
        one = "The smallest way out" if alone and complete else "One of the smallest ways out"
        return f"{one} is to give up: {listed}."
    return f"{'最小的解决办法' if alone and complete else '最小的解决办法之一'}是放弃：{listed}。"


def _concession(group: Group, level: float | None, language: Language) -> str:
    name = label(group, language)
    if level is None or group.threshold is None:
        return f"{name}: has to give way." if language == "en" else f"{name}：须放宽。"
    before, after = shown(group.threshold, group.unit), shown(level, group.unit)
    if language == "en":
        return f"{name}: within reach is {after} instead of {before}."
    return f"{name}：可达到{after}，而非{before}。"
