"""What verdicts rest on: every judged number moved through its range, ranked by the verdicts it moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.errors import HaidongSimError, public
from haidong_sim.model import active_projects
from haidong_sim.run import case_of, project
from haidong_sim.scenario import DRIVERS, scenario_tables
from haidong_sim.scenario.paths import load_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from haidong_sim.place import Registry
    from haidong_sim.run import RegistrySource, Result, Subject
    from haidong_sim.scenario import Scenario

_DISPERSION: Final = "a dispersion: it moves probabilities, not the path without shocks"
_CHANCE: Final = "a rare event or a dependence: it moves probabilities, not the path without shocks"
_NO_RANGE: Final = "no range is given (low and high), so it cannot be moved"
_IN_A_LIST: Final = "it stands in a list of paths, which no dotted key reaches"
_NO_LEADING: Final = "its range is that of the path's mean, which no single key moves"

_UNITS: Final = {
    "share": "fraction", "electricity_share": "fraction", "intensity_decline": "fraction per year",
    "curtailment": "fraction", "grid_clean_share": "fraction", "total": "1e4 tce", "output": "1e4 t",
    "electricity_per_tonne": "MWh/t", "process_emissions": "t/t", "capacity": "GW", "hours": "hour",
    "grid_factor": "t/MWh", "emission_factor": "t/tce", "calorific_factor": "kgce/kWh",
    "coal_equivalent_factor": "kgce/kWh", "variation": "fraction", "persistence": "fraction",
    "certificates": "TWh", "feedstock": "1e4 tce", "racks": "racks", "kw_per_rack": "kW", "load": "fraction",
    "utilization": "fraction", "occupancy": "fraction", "value_added_rate": "fraction",
    "displacement": "fraction", "in_baseline": "fraction", "success": "fraction",
    "gross_output": "1e8 CNY", "electricity": "TWh",
    "price_per_rack": "1e4 CNY", "power": "PFLOPS", "energy_intensity_cut": "fraction",
    "carbon_intensity_cut": "fraction",
}  # fmt: skip
"""Units of the numbers of the energy and project tables, as their docstrings state them; others have none."""

# Tables whose numbers only scatter or strike at random, with the words that say so.
_RANDOM: Final = {"uncertainty": _DISPERSION, "events": _CHANCE, "dependence": _CHANCE}
_RANDOM_QUANTITIES: Final = ("energy.supply.hydrology.",)

# Shares of one whole: moving one means that the others give way.
_WHOLES: Final = (("energy", "demand", "users"), ("energy", "carbon", "fuels"))


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One number: its dotted key, range and origin, and how to move it.

    `baseline_name` is set for a starting value of the registry. `unmovable` says why the path without shocks
    cannot show its weight; empty if it can. `siblings` are the other shares of its whole. `shipped` is the
    table of a project that ships with the place: to move a number of it, a scenario has to hold
    the whole table.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    unit: str
    provenance: str
    source: str
    note: str
    unmovable: str = ""
    baseline_name: str = ""
    siblings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    shipped: Mapping[str, Any] | None = None

    def row(self) -> dict[str, Any]:
        """Return the columns that do not depend on any projection."""
        names = ("name", "value", "low", "high", "unit", "provenance", "source", "note")
        return {name: getattr(self, name) for name in names}

    def changes(self, end: float) -> dict[str, Any]:
        """Return the changes of the scenario, by dotted key, that put the number at `end`."""
        if self.shipped is not None:
            group, project, *keys = self.name.split(".")
            return {f"{group}.{project}": _laid_in(self.shipped, keys, end)}
        changes: dict[str, Any] = {self.name: end}
        if self.siblings:
            factor = (1.0 - end) / sum(table["value"] for table in self.siblings.values())
            for key, table in self.siblings.items():
                value = table["value"] * factor
                # A share that gives way may leave its own range, which then is widened with it.
                bounds = {
                    word: edge(table.get(word, value), value) for word, edge in (("low", min), ("high", max))
                }
                changes[key] = {**table, "value": value, **bounds}
        return changes


def judged_numbers(scenario: Scenario, registry: Registry) -> Iterator[Judged]:
    """Yield every number with provenance "assumption", or with a range, in scenario and baseline."""
    tables = scenario_tables(scenario)
    for name, table in tables.get("paths", {}).items():
        yield from _of_path(f"paths.{name}", table, _path_unit(name))
    for group, reason in _RANDOM.items():
        yield from _random_numbers(group, tables.get(group, {}), reason)
    for group in ("assumptions", "assumed_targets", "energy", "projects"):
        yield from _quantities(group, tables.get(group, {}), tables)
    for name, spec in active_projects(scenario).items():
        if name not in scenario.projects:
            table = spec.model_dump(mode="python", exclude_unset=True, exclude_none=True)
            table["kind"] = spec.kind
            for judged in _quantities(f"projects.{name}", table, tables):
                yield replace(judged, shipped=table)
    for row in registry.baseline(scenario.baseline).entries:
        if row.provenance == "assumption" or row.low is not None:
            yield Judged(
                name=f"registry.baseline.{row.name}", value=row.value, low=row.low, high=row.high,
                unit=row.unit, provenance=row.provenance, source=row.source, note=row.note,
                baseline_name=row.name,
                unmovable="" if row.low is not None and row.high is not None else _NO_RANGE,
            )  # fmt: skip


def _laid_in(table: Mapping[str, Any], keys: list[str], value: float) -> dict[str, Any]:
    first, *rest = keys
    return {**table, first: _laid_in(table[first], rest, value) if rest else value}


def _path_unit(driver: str) -> str:
    return "fraction per year" if DRIVERS[driver].link == "rate" else "log change per year"


def _of_path(name: str, table: Mapping[str, Any], unit: str, locked: str = "") -> Iterator[Judged]:
    """Yield the leading number of a path and of every path inside it; `locked` says why none can be moved."""
    for key, value in table.items():
        if isinstance(value, Mapping) and "kind" in value:
            yield from _of_path(f"{name}.{key}", value, unit, locked)
        elif isinstance(value, list | tuple):
            inner = [(number, part) for number, part in enumerate(value) if isinstance(part, Mapping)]
            for number, part in inner:
                yield from _of_path(f"{name}.{key}.{number}", part, unit, _IN_A_LIST)
    low, high = table.get("low"), table.get("high")
    if table.get("provenance") != "assumption" and low is None:
        return
    path = load_path(dict(table))
    leading = path.leading
    if leading is not None and table.get(leading) is None:
        # A constant path may give a level instead of a rate.
        leading = "value" if table.get("value") is not None else None
    value = None if leading is None else table.get(leading)
    if value is None or not _is_number(value):
        reason, value, key = _NO_LEADING, float("nan"), name
    else:
        reason, key = locked or ("" if low is not None else _NO_RANGE), f"{name}.{leading}"
    yield Judged(
        name=key, value=float(value), low=low, high=high, unit=unit, provenance=table.get("provenance") or "",
        source=table.get("source") or "", note=table.get("note") or "", unmovable=reason,
    )  # fmt: skip


def _random_numbers(
    name: str, tables: Mapping[str, Any], reason: str, above: Mapping[str, Any] | None = None
) -> Iterator[Judged]:
    about = {
        **(above or {}),
        **{key: tables[key] for key in ("provenance", "source", "note") if key in tables},
    }
    for key, value in tables.items():
        if isinstance(value, Mapping):
            yield from _random_numbers(f"{name}.{key}", value, reason, about)
        elif _is_number(value) and about.get("provenance", "assumption") == "assumption":
            yield Judged(
                name=f"{name}.{key}", value=float(value), low=None, high=None, unit="dimensionless",
                provenance="assumption", source=about.get("source", ""), note=about.get("note", ""),
                unmovable=reason,
            )  # fmt: skip


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _quantities(name: str, table: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[Judged]:
    if "value" in table and "provenance" in table:
        if table["provenance"] == "assumption" or table.get("low") is not None:
            yield _quantity(name, table, whole)
        return
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _quantities(f"{name}.{key}", value, whole)


def _quantity(name: str, table: Mapping[str, Any], whole: Mapping[str, Any]) -> Judged:
    is_random = name.startswith(_RANDOM_QUANTITIES)
    has_range = table.get("low") is not None and table.get("high") is not None
    note = table.get("note", "")
    if table.get("points"):
        note = "; ".join(part for part in (note, "moved in the base year, its later points stay") if part)
    return Judged(
        name=f"{name}.value", value=table["value"], low=table.get("low"), high=table.get("high"),
        unit=table.get("unit") or _UNITS.get(name.rpartition(".")[2], "dimensionless"),
        provenance=table["provenance"], source=table.get("source", ""), note=note,
        unmovable=_DISPERSION if is_random else "" if has_range else _NO_RANGE,
        siblings=_siblings(name, whole),
    )  # fmt: skip


def _siblings(name: str, whole: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    *group, member, last = name.split(".")
    if last != "share" or tuple(group) not in _WHOLES:
        return {}
    tables: Any = whole
    for part in group:
        tables = tables[part]
    prefix = ".".join(group)
    return {f"{prefix}.{other}.share": table["share"] for other, table in tables.items() if other != member}


COLUMNS: Final = (
    "rank", "name", "value", "low", "high", "unit", "provenance", "source", "note", "flips",
    "flipped_targets", "largest_move", "moved_target", "reason",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Verdict:
    """Status and margin of one projected target, and the scale that a change of margin is measured on."""

    target_id: str
    status: str
    margin: float
    scale: float


@public
def rank_assumptions(subject: Subject, *, registry: RegistrySource = None) -> pd.DataFrame:
    """Return every number that the run rests on by judgement or with a range, the weightiest first.

    The path without shocks is projected again with each number at `low` and at `high`, all else unchanged
    (shares of one whole keep their sum: the others give way in proportion). Numbers whose range turns most
    verdicts of projected targets come first; among equals the one with the largest change of a margin,
    relative to the target's threshold. A number that this path cannot show (a dispersion, a probability) or
    that has no range has no rank and a `reason`.

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path.
    registry
        The place; that of the subject if None.

    Returns
    -------
    pandas.DataFrame
        Columns rank, name (dotted key), value, low, high, unit, provenance, source, note, flips (number of
        verdicts turned), flipped_targets, largest_move (fraction of the threshold), moved_target, reason.

    Raises
    ------
    ScenarioError
        If the scenario cannot be run.
    """
    import pandas as pd

    case = case_of(subject, registry=registry)
    scenario, place = case.scenario, case.registry
    base = _verdicts(project(scenario, indicators=(), registry=place))
    rows = [_weigh(judged, scenario, place, base) for judged in judged_numbers(scenario, place)]
    # A published starting value that moves nothing is not something the run rests on.
    kept = [row for row in rows if not (row["name"].startswith("registry.") and row["largest_move"] == 0.0)]
    kept.sort(key=_order)
    for rank, row in enumerate((row for row in kept if not row["reason"]), 1):
        row["rank"] = rank
    frame = pd.DataFrame(kept, columns=list(COLUMNS))
    for name in ("rank", "flips"):
        # Whole numbers with gaps: as floats they would be printed as 1.0.
        frame[name] = pd.Series([row[name] for row in kept], dtype="object")
    return frame


def _order(row: dict[str, Any]) -> tuple[bool, int, float, str]:
    return (bool(row["reason"]), -(row["flips"] or 0), -(row["largest_move"] or 0.0), row["name"])


def _weigh(
    judged: Judged, scenario: Scenario, registry: Registry, base: dict[str, _Verdict]
) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | judged.row() | {"reason": judged.unmovable}
    if judged.unmovable:
        return row
    flipped: dict[str, None] = {}
    largest, moved_target = 0.0, ""
    refused = []
    for end in (judged.low, judged.high):
        try:
            moved = _moved(judged, end, scenario, registry)
        except HaidongSimError as error:
            refused.append(f"at {end:g} there is no valid run: {_first_problem(error)}")
            continue
        for name, verdict in moved.items():
            flipped |= {name: None} if verdict.status != base[name].status else {}
            move = abs(verdict.margin - base[name].margin) / base[name].scale
            if move > largest:
                largest, moved_target = move, name
    row |= {
        "flips": len(flipped), "flipped_targets": ";".join(flipped), "largest_move": largest,
        "moved_target": moved_target, "note": "; ".join(part for part in (judged.note, *refused) if part),
    }  # fmt: skip
    if len(refused) == 2:
        row |= {"flips": None, "largest_move": None, "reason": "neither end of its range gives a valid run"}
    return row


def _first_problem(error: HaidongSimError) -> str:
    lines = str(error).splitlines()
    return lines[min(1, len(lines) - 1)].strip()


def _moved(judged: Judged, end: float | None, scenario: Scenario, registry: Registry) -> dict[str, _Verdict]:
    assert end is not None
    if judged.baseline_name:
        registry = _with_baseline(registry, judged.baseline_name, end)
        return _verdicts(project(scenario, indicators=(), registry=registry))
    return _verdicts(
        project(scenario.derive(scenario.name, judged.changes(end)), indicators=(), registry=registry)
    )


def _with_baseline(registry: Registry, name: str, value: float) -> Registry:
    rows = tuple(replace(row, value=value) if row.name == name else row for row in registry.baseline_values)
    return replace(registry, baseline_values=rows)


def _verdicts(result: Result) -> dict[str, _Verdict]:
    return {verdict.target_id: verdict for verdict in _each_verdict(result)}


def _each_verdict(result: Result) -> Iterator[_Verdict]:
    def get(name: str, year: int) -> float:
        return result.path[name, year]

    for question in result.functionals:
        if question.reading:
            continue
        margin = float(question.margin(get))
        yield _Verdict(
            target_id=question.target_id,
            status=question.status(margin),
            margin=margin,
            scale=question.magnitude(get),
        )
