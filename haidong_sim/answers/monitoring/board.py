"""The lines of the board: course, lights and odds of a target; what each observed series did to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from haidong_sim.answers.monitoring.courses import TREND_RULES, disagreement, left_to_do, standing_of
from haidong_sim.answers.monitoring.lights import probability_light
from haidong_sim.indicators import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from haidong_sim.answers.monitoring.updating import Evidence, Method, Updater
    from haidong_sim.questions import Question
    from haidong_sim.run import Result

COLUMNS: Final = (
    "target_id", "name_en", "name_zh", "indicator", "binding", "deadline", "comparator", "unit", "threshold",
    "threshold_high", "base_year", "base_value", "last_year", "last_value", "level_to_reach", "achieved_rate",
    "needed_rate", "needed_change", "catch_up_factor", *TREND_RULES, "probability_before", "ci_low_before",
    "ci_high_before", "n", "probability", "ci_low", "ci_high", "n_effective", "method", "probability_half_sd",
    "probability_double_sd", "light", "colour", "is_decided", "light_before", "disagreement", "outcome",
    "reason",
)  # fmt: skip


def odds_rows(updater: Updater, method: Method) -> list[dict[str, Any]]:
    """Return the odds of each target before and after, and at half and at double the measurement sd."""
    before, after = updater.before(), updater.probabilities(method)
    half, double = (updater.probabilities(method, factor=factor) for factor in (0.5, 2.0))
    return [
        {
            "probability_before": float(before.probability[n]),
            "ci_low_before": float(before.low[n]),
            "ci_high_before": float(before.high[n]),
            "n": int(before.n[n]),
            "probability": float(after.probability[n]),
            "ci_low": float(after.low[n]),
            "ci_high": float(after.high[n]),
            "n_effective": float(after.n[n]),
            "method": method,
            "probability_half_sd": float(half.probability[n]),
            "probability_double_sd": float(double.probability[n]),
        }
        for n in range(len(after.n))
    ]


def board_row(
    result: Result,
    functional: Question,
    known: Mapping[tuple[str, int], float],
    odds: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return one line of the board, keyed by `COLUMNS`; without odds for a target that cannot be followed."""
    target = next((row for row in result.registry.targets if row.id == functional.target_id), None)
    standing = standing_of(functional, known)
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {
        "target_id": functional.target_id,
        "indicator": functional.indicator,
        "deadline": functional.last_year,
        "threshold": functional.threshold,
        "threshold_high": functional.upper,
        "outcome": standing.outcome,
        "reason": standing.reason,
        "disagreement": "",
    }
    if target is not None:
        row |= {
            name: getattr(target, name) for name in ("name_en", "name_zh", "binding", "comparator", "unit")
        }
    row |= left_to_do(standing.course) | {rule: light.status for rule, light in standing.lights.items()}
    if odds is None:
        return row | {"reason": "; ".join(filter(None, [row["reason"], "its draws cannot be followed"]))}
    now, then = (
        probability_light(odds[f"probability{when}"], low=odds[f"ci_low{when}"], high=odds[f"ci_high{when}"])
        for when in ("", "_before")
    )
    return row | {
        **odds,
        "light": now.status,
        "colour": now.colour,
        "is_decided": now.is_decided,
        "light_before": then.status,
        "disagreement": disagreement(standing.lights, now),
    }


def contribution_rows(
    updater: Updater, method: Method, followed: Sequence[Question], series: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield the change of each target's probability that each observed series makes."""
    changes, split = updater.contributions(method)
    for column, functional in enumerate(followed):
        for row, name in enumerate(series):
            yield {
                "target_id": functional.target_id,
                "series": name,
                "change": float(changes[row, column]),
                "split": split,
            }


def observation_rows(result: Result, evidence: Evidence) -> Iterator[dict[str, Any]]:
    """Yield the values used, beside the scenario's median, and how many sd they are off it."""
    off, _ = evidence.surprise()
    for n, value in enumerate(evidence.values):
        yield {
            "indicator": value.indicator,
            "year": value.year,
            "value": value.value,
            "unit": catalogue()[value.indicator].unit,
            "median": result.statistics(value.indicator, value.year)["median"],
            "sd_off": float(off[n]),
            "measurement_sd": float(evidence.sd[n]),
            "source": value.source,
        }


def certain_series(evidence: Evidence) -> Iterator[str]:
    """Name what was observed of quantities that the scenario takes for certain: it teaches nothing."""
    certain = evidence.draws.std(axis=1) < 1e-6
    names = dict.fromkeys(
        value.indicator for value, is_fixed in zip(evidence.values, certain, strict=True) if is_fixed
    )
    for name in names:
        yield f"{name} is certain in this scenario: observing it moves no odds"
