"""What a table of sensitivity says, as sentences a planner reads: drivers, flips, value of information."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.answers.sensitivity.input_names import input_label, input_move
from haidong_sim.errors import EstimationError, unknown_name
from haidong_sim.words import format_probability, is_missing, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from haidong_sim.words import Language

# Names of a sentence; more of them are a table.
SHOWN: Final = 3
ROUNDING: Final = 1e-9
_MINUS: Final = "\u2212"


def sensitivity_sentences(
    method: str,
    table: pd.DataFrame,
    lang: Language = "en",
    *,
    names: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> list[str]:
    """Say one sentence for each outcome (and year) of a table; `names` in English and Chinese by outcome.

    Raises
    ------
    EstimationError
        If there are no sentences for the method.
    """
    if method not in _WORDING:
        raise EstimationError(unknown_name("method with sentences", method, _WORDING))
    rows = "target" if "target" in table else "outcome"
    found = []
    for (name, year), part in table.groupby([rows, "year"], sort=False):
        records = [{str(key): value for key, value in row.items()} for row in part.to_dict("records")]
        shown = say(lang, *names.get(str(name), (str(name), str(name))))
        head = say(lang, f"{shown}, {year}: ", f"{shown}（{year} 年）：")
        found.append(head + _WORDING[method](records, lang))
    return found


def _listed(records: Sequence[dict[str, Any]], column: str, lang: Language, digits: str = ".0%") -> str:
    parts = [
        f"{input_label(row['input'], lang)} {format(row[column], digits).replace('-', _MINUS)}"
        for row in records[:SHOWN]
    ]
    return say(lang, ", ", "、").join(parts)


def _shares(column: str, en: str, zh: str) -> Callable[[Sequence[dict[str, Any]], Language], str]:
    def write(records: Sequence[dict[str, Any]], lang: Language) -> str:
        seen = [row for row in records if is_distinguishable(row, column)]
        unseen = len(records) - len(seen)
        if not seen:
            return say(lang, "no input is distinguishable from zero.", "没有任何输入的影响可与零区分。")
        order = sorted(seen, key=lambda row: -row[column])
        rest = say(
            lang,
            f" {unseen} of {len(records)} inputs are not distinguishable from zero.",
            f"{len(records)} 个输入中 {unseen} 个的影响与零无法区分。",
        )
        shared = say(lang, " Correlated inputs each count what they share.", "相关输入各自计入共有部分。")
        is_shared = any("shared with correlated" in str(row.get("note", "")) for row in order[:SHOWN])
        text = say(lang, en, zh).format(_listed(order, column, lang))
        return text + (shared if is_shared else "") + (rest if unseen else "")

    return write


def is_distinguishable(row: Mapping[Any, Any], column: str) -> bool:
    """Whether an index is more than its interval says chance could give."""
    if "distinguishable" in row:
        return bool(row["distinguishable"])
    return bool(row[column] > row.get(f"{column}_conf", 0.0))


def _probability(records: Sequence[dict[str, Any]], lang: Language) -> str:
    seen = sorted(
        (row for row in records if row["distinguishable"]), key=lambda row: -abs(row["mean_effect"])
    )
    chance = format_probability(records[0]["probability"])
    if not seen:
        return say(
            lang,
            f"P {chance}; no input moves it distinguishably from zero.",
            f"概率 {chance}；没有任何输入对其影响可与零区分。",
        )
    return say(
        lang,
        f"P {chance}; one standard deviation more of the mean changes it by: ",
        f"概率 {chance}；均值提高一个标准差使其变化：",
    ) + _listed(seen, "mean_effect", lang, "+.1%").replace("%", say(lang, " pp", " 个百分点")) + say(
        lang, ".", "。"
    )  # fmt: skip


def _flips(records: Sequence[dict[str, Any]], lang: Language) -> str:
    within = [row for row in records if not is_missing(row["move_in_sd"])]
    if not within:
        return say(
            lang,
            "no move of one input within reach changes the verdict.",
            "在可及范围内，任何单个输入的变动都不能改变结论。",
        )
    least = min(within, key=lambda row: abs(row["move_in_sd"]))
    size = f"{abs(least['move_in_sd']):.2f}"
    what = say(lang, *(("light", "评级") if "move" in least else ("verdict", "结论")))
    name = input_label(least["input"], lang)
    higher = least["move_in_sd"] > 0
    return say(
        lang,
        f"the smallest move that changes the {what} is {name} {size} sd {'higher' if higher else 'lower'}",
        f"改变{what}的最小变动是{name}{'提高' if higher else '降低'} {size} 个标准差",
    ) + _outcome_of_flip(least, lang)


def _outcome_of_flip(row: dict[str, Any], lang: Language) -> str:
    if "move" not in row:
        verdict = say(lang, "met", "达到") if row["after"] else say(lang, "missed", "未达到")
        return say(lang, f": the target is then {verdict}.", f"：目标即变为{verdict}。")
    move = input_move(row["input"], row["move"], lang)
    before, after = (format_probability(row[name]) for name in ("before", "after"))
    return say(
        lang, f" ({move}): P goes from {before} to {after}.", f"（{move}）：概率由 {before} 变为 {after}。"
    )


def _information(records: Sequence[dict[str, Any]], lang: Language) -> str:
    chance, wrong = records[0]["probability"], records[0]["perfect_information"]
    seen = [row for row in records if row["value_of_information"] > 1.96 * row["value_se"]]
    if wrong == 0.0:
        return say(lang, "the verdict is the same in every draw.", "所有抽样结论相同。")
    head = say(
        lang,
        f"P {format_probability(chance)}, a yes/no verdict is wrong with {format_probability(wrong)}",
        f"概率 {format_probability(chance)}，是否判断出错的可能为 {format_probability(wrong)}",
    )
    if not seen:
        return head + say(
            lang,
            "; knowing any one input exactly would not change it distinguishably.",
            "；准确知道任何单个输入都不会使其明显改变。",
        )
    best = max(seen, key=lambda row: row["value_of_information"])
    left = format_probability(wrong - best["value_of_information"])
    name = input_label(best["input"], lang)
    return head + say(
        lang, f"; knowing {name} exactly would leave {left}.", f"；若准确知道{name}，则降为 {left}。"
    )


def _moves(column: str) -> Callable[[Sequence[dict[str, Any]], Language], str]:
    def write(records: Sequence[dict[str, Any]], lang: Language) -> str:
        # Sums in another order differ in their last digit.
        least = ROUNDING * max(row[column] for row in records)
        moving = sorted((row for row in records if row[column] > least), key=lambda row: -row[column])
        if not moving:
            return say(lang, "no input moves it.", "没有任何输入影响它。")
        text = say(
            lang,
            "moved most by {} (one at a time, not a share of variance).",
            "影响最大的是{}（逐一变动，非方差份额）。",
        )
        return text.format(_listed(moving, column, lang, ".3g"))

    return write


_WORDING: Final[dict[str, Callable[[Sequence[dict[str, Any]], Language], str]]] = {
    "given_data": _shares("S1", "explained alone by {}.", "单独解释的方差：{}。"),
    "shapley": _shares("shapley", "decided by {} of the variance.", "方差份额：{}。"),
    "sobol": _shares("ST", "decided, interactions included, by {}.", "含交互作用的方差：{}。"),
    "probability": _probability,
    "flips": _flips,
    "information": _information,
    "morris": _moves("mu_star"),
    "tornado": _moves("swing"),
}
