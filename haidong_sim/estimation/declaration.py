"""What a place says its drivers are estimated from, read from `calibration.toml`, and what is missing."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from haidong_sim.axes import SECTORS
from haidong_sim.errors import EstimationError, Problems, unknown_name
from haidong_sim.estimation.ar1 import AR1Prior

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from haidong_sim.place import Place


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A series that the calibration would use: the years wanted, the stand-in, and its price."""

    region: str
    indicator: str
    first: int
    last: int
    stand_in: str
    cost: str


def missing_series(frame: pd.DataFrame, wanted: Iterable[Wanted]) -> pd.DataFrame:
    """Return which series of `wanted` are missing: region, indicator, years, stand-in and cost.

    A low-confidence figure does not count as present, since it is never used unasked.
    """
    rows = []
    usable = frame[frame["confidence"].isin(["high", "medium"])]
    for item in wanted:
        held = usable[(usable["region"] == item.region) & (usable["indicator"] == item.indicator)]
        absent = [year for year in range(item.first, item.last + 1) if year not in set(held["year"])]
        if absent:
            rows.append(
                {
                    "region": item.region,
                    "indicator": item.indicator,
                    "missing_years": ", ".join(str(year) for year in absent),
                    "stand_in": item.stand_in,
                    "cost": item.cost,
                }
            )
    return pd.DataFrame(rows, columns=["region", "indicator", "missing_years", "stand_in", "cost"])


FILE: Final = "calibration.toml"

SAMPLE_KINDS: Final = ("growth", "log", "logit")
"""Yearly changes of one series: published growth as ln(1 + g), Δln of levels, Δlogit of a share."""

PAIR_KINDS: Final = ("difference", "sum", "deflator", "real", "intensity")
"""Changes put together from two others, `of = [first, second]`: first less second, first plus second, nominal
less real output, nominal less prices (and at comparable prices from then on), quantity less real output."""

SHARE_KIND: Final = "share"
"""Δlogit of a part of a whole, formed inside pairs of matching publications."""

RECORD_KINDS: Final = (*SAMPLE_KINDS, *PAIR_KINDS, SHARE_KIND)

TREND: Final = "trend"
PACE: Final = "pace"
_BY_ITSELF: Final = (TREND, PACE)

ESTIMATORS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        **dict.fromkeys(SECTORS, ("province_and_lead",)),
        "rest_of_province": ("province_less_city",),
        "province": (TREND,),
        "nation": (TREND,),
        "deflator": ("gap_of_prices",),
        "deflator_rest_of_province": ("province_less_city",),
        "consumer_prices": (TREND,),
        "population": _BY_ITSELF,
        "population_rest_of_province": _BY_ITSELF,
        "urbanization": _BY_ITSELF,
        "province_urbanization": _BY_ITSELF,
        "income": ("beyond_output",),
        "urban_rural_ratio": _BY_ITSELF,
        "energy_intensity": _BY_ITSELF,
        "co2_intensity": _BY_ITSELF,
    }
)
"""Drivers that a calibration holds, and the estimators of each.

"trend" is the posterior of a yearly series, "pace" a judgement around the pace between single years. The
others are put together: the province's trend and the city's lead over it; the province less the city's part;
the nominal gap less the real one; income growth beyond that of output.
"""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One series in one measurement, as `select_sample` asks for it; an optional one may have no figure."""

    region: str
    indicator: str
    vintage: str | None = None
    group: str | None = None
    first: int = 0
    last: int = 9999
    is_optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Entry:
    """How one quantity of the record is put together; `wholes` match `parts` where the kind is "share"."""

    kind: str
    parts: tuple[Part, ...] = ()
    wholes: tuple[Part, ...] = ()
    of: tuple[str, ...] = ()
    label: str = ""
    indicator: str = ""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The change of `part` a year between two years, the last a value of the baseline or of a plan if named.

    A pace toward an aim of a plan enters the mean and is no datum.
    """

    part: Part
    first: int
    last: int
    baseline: str | None = None
    aim: float | None = None


@dataclass(frozen=True, kw_only=True)
class Driver:
    """One driver: its estimator, the series it rests on, and what is judged about it.

    `series` are names of record quantities by their use. `scatter` multiplies the scatter of a trend that
    stands in for another place's; `panel` is a group of prior_stats.csv.
    """

    name: str
    estimator: str
    series: Mapping[str, str] = field(default_factory=dict)
    first: int = 0
    last: int = 9999
    needed: int | None = None
    scatter: float = 1.0
    prior: AR1Prior | None = None
    panel: str = ""
    paces: tuple[Pace, ...] = ()
    scale: str = "log"
    trend_sd: float = 0.0
    annual_sd: float = 0.0
    source: str = ""
    method: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Average:
    """An observation of the registry that is a mean over the years `first` to `last`."""

    first: int
    last: int
    observation: str


@dataclass(frozen=True, kw_only=True)
class Lead:
    """Where the city's lead over the province is known: single years of `part`, observations, averages."""

    part: Part
    years: Mapping[int, str]
    averages: tuple[Average, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class SectorDrift:
    """Years from which shares of sectors drift as now, and the panel whose drift is the prior."""

    first: int
    panel: str


@dataclass(frozen=True, kw_only=True)
class Tails:
    """Groups of prior_stats.csv that say how heavy tails are: the one that drivers take, and all by name.

    The scatter of a panel stands under its group and `span`, the years that it covers.
    """

    drivers: str
    span: str
    panels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class SectorCheck:
    """The joint regression of the city's sectors on the province's: record quantities by sector."""

    city: Mapping[str, str]
    province: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Aim:
    """A share that a plan aims at from a value of the baseline, by equal steps of the log-odds."""

    value: float
    baseline: str
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class ScoreCase:
    """One series to predict: its changes, the same one level up, and what plans asked of it."""

    region: str
    indicator: str
    series: str
    parent: str = ""
    policy: str = ""
    periods: tuple[str, ...] = ()
    aim: Aim | None = None
    is_shrunk_to_parent: bool = False


@dataclass(frozen=True, kw_only=True)
class AverageCase:
    """The city's mean growth over some years, known as an observation, with the plan's own number."""

    first: int
    last: int
    outcome: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """A calibration.toml, read and checked."""

    record: Mapping[str, Entry]
    drivers: Mapping[str, Driver]
    comparisons: Mapping[str, Driver]
    uses: Mapping[str, str]
    lead: Lead
    share_gap_prior: AR1Prior | None
    sector_drift: SectorDrift
    tails: Tails
    sector_check: SectorCheck
    cases: tuple[ScoreCase, ...]
    frozen: tuple[tuple[int, int], ...]
    average_case: AverageCase | None
    wanted: tuple[Wanted, ...]


USES: Final = (
    "province_growth", "province_output", "province_deflator", "nation_growth", "city_output", "share_gap",
    "rest_of_province_output", "consumer_prices",
)  # fmt: skip
"""Record quantities that several estimates share, by what they are."""


class _Table:
    """A TOML table being read: hands out its values, notes what is missing, unknown or of another type."""

    def __init__(self, content: Any, where: str, problems: Problems) -> None:
        self.where = where
        self.problems = problems
        self._asked: set[str] = set()
        self._content: dict[str, Any] = {}
        if isinstance(content, dict):
            self._content = content
        else:
            problems.add(where, f"{content!r} is no table")

    def complain(self, key: str, what: str) -> None:
        self.problems.add(f"{self.where}.{key}" if self.where else key, what)

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def _get(self, key: str, default: Any, kind: type | tuple[type, ...], what: str) -> Any:
        self._asked.add(key)
        if key not in self._content:
            if default is None:
                self.complain(key, f"is missing; write {what}")
            return default
        value = self._content[key]
        if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
            self.complain(key, f"{value!r} is not {what}")
            return default
        return value

    def text(self, key: str, default: str | None = None) -> str:
        return self._get(key, default, str, "text") or ""

    def number(self, key: str, default: float | None = None) -> float:
        value = self._get(key, default, (int, float), "a number")
        return 0.0 if value is None else float(value)

    def integer(self, key: str, default: int | None = None) -> int:
        return self._get(key, default, int, "a whole number") or 0

    def flag(self, key: str) -> bool:
        return bool(self._get(key, False, bool, "true or false"))  # noqa: FBT003

    def choice(self, key: str, allowed: Collection[str], kind: str, default: str | None = None) -> str:
        value = self.text(key, default)
        if value and value not in allowed:
            self.complain(key, unknown_name(kind, value, allowed))
        return value

    def texts(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        return tuple(str(item) for item in self._get(key, default, list, "a list of texts") or ())

    def numbers(self, key: str) -> tuple[float, ...]:
        found = self._get(key, [], list, "a list of numbers")
        if any(isinstance(item, bool) or not isinstance(item, int | float) for item in found):
            self.complain(key, f"{found!r} is not a list of numbers")
            return ()
        return tuple(float(item) for item in found)

    def table(self, key: str) -> _Table:
        value = self._get(key, None, dict, "a table")
        return _Table(value or {}, f"{self.where}.{key}" if self.where else key, self.problems)

    def tables(self, key: str) -> list[_Table]:
        where = f"{self.where}.{key}" if self.where else key
        found = self._get(key, [], list, "a list of tables")
        return [_Table(item, f"{where}[{number}]", self.problems) for number, item in enumerate(found, 1)]

    def items(self) -> list[tuple[str, _Table]]:
        self._asked |= set(self._content)
        where = f"{self.where}." if self.where else ""
        return [(key, _Table(item, f"{where}{key}", self.problems)) for key, item in self._content.items()]

    def names(self) -> dict[str, str]:
        """Return the table as texts by key."""
        for key in self._content:
            self.text(key)
        return {key: value for key, value in self._content.items() if isinstance(value, str)}

    def allow(self, *keys: str) -> None:
        """Say that these keys may stand here, asked for or not."""
        self._asked |= set(keys)

    def finish(self) -> None:
        """Note the keys that nobody asked for."""
        for key in self._content:
            if key not in self._asked:
                self.complain(key, unknown_name("key", key, self._asked))


def read_declaration(text: str, place: Place) -> Declaration:
    """Return what the text of a calibration.toml declares.

    Raises
    ------
    EstimationError
        If the place has no such file, or with every problem of it.
    """
    subject = f"{FILE} of '{place.name}'"
    if not text.strip():
        raise EstimationError(
            f"the registry of '{place.name}' has no {FILE}: nothing says which series estimates which "
            "driver, so nothing can be calibrated. The page on another city describes the file"
        )
    problems = Problems(subject)
    try:
        top = _Table(tomllib.loads(text), "", problems)
    except tomllib.TOMLDecodeError as error:
        raise EstimationError(f"{subject}: not valid TOML: {error}") from None
    reader = _Reader(place)
    found = reader.read(top)
    problems.raise_if_any(EstimationError)
    return found


class _Reader:
    """Reads the tables of one declaration; regions and record names are checked against what exists."""

    def __init__(self, place: Place) -> None:
        self._regions = {region.id for region in place.regions}
        self._record: dict[str, Entry] = {}

    def read(self, top: _Table) -> Declaration:
        entries = top.table("record").items()
        self._record = {name: self._entry(table) for name, table in entries}
        self._check_pairs(entries)
        uses = top.table("uses")
        found = Declaration(
            record=MappingProxyType(self._record),
            uses=MappingProxyType({use: self._series(uses, use) for use in USES}),
            drivers=self._drivers(top.table("drivers")),
            comparisons=self._comparisons(top),
            lead=self._lead(top.table("lead")),
            share_gap_prior=self._prior(top.table("share_gap")) if "share_gap" in top else None,
            sector_drift=self._drift(top.table("sector_drift")),
            tails=self._tails(top.table("tails")),
            sector_check=self._sector_check(top.table("sector_check")),
            cases=tuple(self._case(table) for table in top.tables("score")),
            frozen=tuple(self._frozen(table) for table in top.tables("score_frozen")),
            average_case=self._average_case(top.table("score_average")) if "score_average" in top else None,
            wanted=tuple(self._wanted(table) for table in top.tables("wanted")),
        )
        uses.finish()
        top.allow("share_gap", "comparisons", "score_average")
        top.finish()
        return found

    def _part(self, table: _Table, *, has_years: bool = True) -> Part:
        part = Part(
            region=table.choice("region", self._regions, "region"),
            indicator=table.text("indicator"),
            vintage=table.text("vintage", "") or None,
            group=table.text("group", "") or None,
            **(
                {"first": table.integer("first", 0), "last": table.integer("last", 9999)} if has_years else {}
            ),
            is_optional=has_years and table.flag("optional"),
        )
        if has_years:
            table.finish()
        return part

    def _entry(self, table: _Table) -> Entry:
        kind = table.choice("kind", RECORD_KINDS, "kind of record")
        label = table.text("label", "")
        if kind in PAIR_KINDS:
            entry = Entry(kind=kind, of=table.texts("of"), label=label)
        elif kind == SHARE_KIND:
            pairs = table.tables("parts")
            parts = tuple(self._part(pair.table("part")) for pair in pairs)
            wholes = tuple(self._part(pair.table("whole")) for pair in pairs)
            entry = Entry(kind=kind, parts=parts, wholes=wholes, indicator=table.text("indicator"))
        else:
            entry = Entry(kind=kind, parts=tuple(self._part(part) for part in table.tables("parts")))
        if kind not in PAIR_KINDS and not entry.parts:
            table.complain("parts", "is empty; name at least one series")
        table.finish()
        return entry

    def _check_pairs(self, entries: list[tuple[str, _Table]]) -> None:
        known: set[str] = set()
        for name, table in entries:
            of = self._record[name].of
            if self._record[name].kind in PAIR_KINDS and len(of) != 2:
                table.complain("of", f"names {len(of)} quantities; two are needed")
            for part in of:
                if part not in self._record:
                    table.complain("of", unknown_name("record", part, self._record))
                elif part not in known:
                    table.complain("of", f"'{part}' stands below; write it above what is made of it")
            known.add(name)

    def _series(self, table: _Table, key: str) -> str:
        return table.choice(key, self._record, "record")

    def _drivers(self, table: _Table) -> Mapping[str, Driver]:
        found = {}
        for name, item in table.items():
            if name not in ESTIMATORS:
                table.complain(name, unknown_name("driver", name, ESTIMATORS))
                continue
            found[name] = self._driver(name, item, ESTIMATORS[name])
        for name in ESTIMATORS:
            if name not in found:
                table.complain(name, f"is missing; its estimator can be {' or '.join(ESTIMATORS[name])}")
        return MappingProxyType(found)

    def _comparisons(self, top: _Table) -> Mapping[str, Driver]:
        if "comparisons" not in top:
            return MappingProxyType({})
        found = {name: self._driver(name, item, (TREND,)) for name, item in top.table("comparisons").items()}
        return MappingProxyType(found)

    def _driver(self, name: str, table: _Table, allowed: Collection[str]) -> Driver:
        estimator = table.choice("estimator", allowed, f"estimator of '{name}'")
        options: dict[str, Any] = {"note": table.text("note", "")}
        if estimator == TREND:
            options |= {
                "series": {"changes": self._series(table, "series")},
                "first": table.integer("first", 0),
                "last": table.integer("last", 9999),
                "needed": table.integer("needed", 0) or None,
                "scatter": table.number("scatter", 1.0),
                "prior": self._prior(table.table("prior")) if "prior" in table else None,
                "method": table.text("method", ""),
            }
        elif estimator == PACE:
            options |= {
                "paces": tuple(self._pace(item) for item in table.tables("paces")),
                "scale": table.choice("scale", ("log", "logit"), "scale", "log"),
                "trend_sd": table.number("trend_sd"),
                "annual_sd": table.number("annual_sd"),
                "source": table.text("source", ""),
            }
            if not options["paces"]:
                table.complain("paces", "is empty; name at least one pace")
        elif estimator == "province_and_lead":
            options |= {
                "series": {"nominal": self._series(table, "nominal")},
                "panel": table.text("panel"),
            }
        elif estimator == "beyond_output":
            options |= {
                "series": {"income": self._series(table, "series")},
                "needed": table.integer("needed", 6),
            }
        table.finish()
        return Driver(name=name, estimator=estimator, **options)

    def _pace(self, table: _Table) -> Pace:
        pace = Pace(
            part=self._part(table, has_years=False),
            first=table.integer("first"),
            last=table.integer("last"),
            baseline=table.text("baseline", "") or None,
            aim=table.number("aim") if "aim" in table else None,
        )
        if not pace.first < pace.last:
            table.complain("last", f"{pace.last} is not after {pace.first}")
        table.finish()
        return pace

    def _prior(self, table: _Table) -> AR1Prior:
        given: dict[str, Any] = {}
        for item in fields(AR1Prior):
            if item.name not in table:
                continue
            is_list = isinstance(item.default, tuple)
            given[item.name] = table.numbers(item.name) if is_list else table.number(item.name)
        table.allow(*(item.name for item in fields(AR1Prior)))
        table.finish()
        return AR1Prior(**given)

    def _lead(self, table: _Table) -> Lead:
        years = table.table("years").names() if "years" in table else {}
        for year in years:
            if not year.isdecimal():
                table.complain("years", f"'{year}' is no year")
        averages = []
        for item in table.tables("averages"):
            averages.append(
                Average(
                    first=item.integer("first"),
                    last=item.integer("last"),
                    observation=item.text("observation"),
                )
            )
            item.finish()
        part = Part(
            region=table.choice("region", self._regions, "region"),
            indicator=table.text("indicator"),
            vintage=table.text("vintage", "") or None,
        )
        table.allow("years")
        lead = Lead(
            part=part,
            years=MappingProxyType({int(year): name for year, name in years.items() if year.isdecimal()}),
            averages=tuple(averages),
            source=table.text("source"),
        )
        table.finish()
        return lead

    def _drift(self, table: _Table) -> SectorDrift:
        drift = SectorDrift(first=table.integer("first"), panel=table.text("panel"))
        table.finish()
        return drift

    def _tails(self, table: _Table) -> Tails:
        tails = Tails(
            drivers=table.text("drivers"),
            span=table.text("span"),
            panels=MappingProxyType(table.table("panels").names()),
        )
        if tails.drivers and tails.drivers not in tails.panels:
            table.complain("drivers", unknown_name("panel", tails.drivers, tails.panels))
        table.finish()
        return tails

    def _sector_check(self, table: _Table) -> SectorCheck:
        parts = {}
        for side in ("city", "province"):
            sectors = table.table(side)
            parts[side] = MappingProxyType({name: self._series(sectors, name) for name in SECTORS})
            sectors.finish()
        table.finish()
        return SectorCheck(**parts)

    def _case(self, table: _Table) -> ScoreCase:
        aim = None
        if "aim" in table:
            given = table.table("aim")
            aim = Aim(
                value=given.number("value"),
                baseline=given.text("baseline"),
                first=given.integer("first"),
                last=given.integer("last"),
            )
            given.finish()
        case = ScoreCase(
            region=table.choice("region", self._regions, "region"),
            indicator=table.text("indicator"),
            series=self._series(table, "series"),
            parent=self._series(table, "parent") if "parent" in table else "",
            policy=table.text("policy", ""),
            periods=table.texts("periods", []),
            aim=aim,
            is_shrunk_to_parent=table.flag("shrunk_to_parent"),
        )
        if case.is_shrunk_to_parent and not case.parent:
            table.complain("shrunk_to_parent", "needs a parent")
        table.finish()
        return case

    def _frozen(self, table: _Table) -> tuple[int, int]:
        found = table.integer("origin"), table.integer("last")
        table.finish()
        return found

    def _average_case(self, table: _Table) -> AverageCase:
        case = AverageCase(
            first=table.integer("first"),
            last=table.integer("last"),
            outcome=table.text("outcome"),
            target=table.text("target"),
        )
        table.finish()
        return case

    def _wanted(self, table: _Table) -> Wanted:
        wanted = Wanted(
            region=table.choice("region", self._regions, "region"),
            indicator=table.text("indicator"),
            first=table.integer("first"),
            last=table.integer("last"),
            stand_in=table.text("stand_in"),
            cost=table.text("cost"),
        )
        table.finish()
        return wanted
