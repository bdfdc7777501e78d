"""One page that opens offline: headline, figures, every target, what it rests on."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from haidong_sim.errors import OutputError
from haidong_sim.indicators import catalogue
from haidong_sim.report.sentences import (
    ASSESSED,
    STATUS_ORDER,
    STATUS_SYMBOLS,
    assumption_sentence,
    count_sentence,
    headline_rows,
    target_name,
    verdict_sentence,
)
from haidong_sim.run import new_file
from haidong_sim.words import (
    MISSING,
    Language,
    central_statistic,
    format_change,
    format_interval,
    format_margin,
    format_number,
    format_probability,
    format_rate,
    format_threshold_value,
    format_value,
    format_year,
    indicator_label,
    is_missing,
    label,
    measure_label,
    threshold_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class ReportFigure:
    """One figure in one language; `svg` is the text of the image."""

    name: str
    lang: Language
    title: str
    caption: str
    svg: str


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """Everything that `write_report` puts on the page.

    `frame` and `check` are the tidy frame and the check table of the run. `vintages` maps the name of a
    population vintage to the check table under it; the readings that `check` itself holds are shown
    without it. `assumptions` has the columns name, value, low, high, unit, provenance, source and rank;
    `conflicts` the columns id, subject, reading_a, reading_b, more_readings, default and reason.
    `headline` names the target ids that the page opens with, all assessed targets if it is empty.
    `manifest` is shown as it is. `draws` is 1 for a single path.
    """

    scenario: str
    label: Mapping[Language, str]
    story: Mapping[Language, str]
    place: Mapping[Language, str]
    frame: pd.DataFrame
    check: pd.DataFrame
    draws: int
    entropy: str
    version: str
    figures: Sequence[ReportFigure] = ()
    assumptions: pd.DataFrame | None = None
    conflicts: pd.DataFrame | None = None
    vintages: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    headline: Sequence[str] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)


_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_DROPPED = frozenset({"script", "metadata", "style", "foreignObject", "title"})
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_LONG_NUMBER = re.compile(r"(-?\d+\.\d{2})\d+")
_NUMBERS = frozenset({"d", "x", "y", "transform", "points", "width", "height"})


def inline_svg(svg: str, *, prefix: str, title: str) -> str:
    """Return `svg` as markup for a page, identifiers set off by `prefix`, with `title` to be read aloud.

    Raises
    ------
    OutputError
        If `svg` is not well-formed, or is no SVG.
    """
    try:
        root = ET.fromstring(svg)  # noqa: S314 - figures come from this library; entities are not expanded
    except ET.ParseError as error:
        raise OutputError(f"figure '{prefix}' is not well-formed SVG: {error}") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise OutputError(f"figure '{prefix}' is not SVG: its outermost element is '{root.tag}'")
    _clean(root)
    _rename(root, prefix)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}-title")
    heading = ET.Element(f"{{{_SVG}}}title", {"id": f"{prefix}-title"})
    heading.text = title
    root.insert(0, heading)
    return _serialize(root)


def _clean(element: ET.Element) -> None:
    """Drop what can act or load, and the digits beyond a hundredth of a point."""
    for child in list(element):
        if _local(child.tag) in _DROPPED:
            element.remove(child)
        else:
            _clean(child)
    for name, value in list(element.attrib.items()):
        local = _local(name).lower()
        if local.startswith("on") or (local == "href" and not value.startswith("#")):
            del element.attrib[name]
        elif local in _NUMBERS:
            element.set(name, " ".join(_LONG_NUMBER.sub(r"\1", value).split()))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _rename(root: ET.Element, prefix: str) -> None:
    """Keep only identifiers that something refers to, and put `prefix` before them."""
    used: set[str] = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            used.update(_REFERENCE.findall(value))
            if _local(name) == "href":
                used.add(value.removeprefix("#"))
    for element in root.iter():
        identifier = element.attrib.pop("id", None)
        if identifier in used:
            element.set("id", f"{prefix}-{identifier}")
        for name, value in list(element.attrib.items()):
            if name == f"{{{_XLINK}}}href":
                del element.attrib[name]
                element.set("href", f"#{prefix}-{value.removeprefix('#')}")
            elif "url(#" in value:
                element.set(name, _REFERENCE.sub(rf"url(#{prefix}-\1)", value))


def _serialize(root: ET.Element) -> str:
    for element in root.iter():
        element.tag = _local(element.tag)
        element.tail = None
        if element.text is not None and not element.text.strip():
            element.text = None
    return ET.tostring(root, encoding="unicode")


LANGUAGES: Final[tuple[Language, Language]] = ("en", "zh")

Wording = dict[str, str]
"""A text in both languages, by "en" and "zh"."""


def text(cell: Any) -> str:
    """Return a cell of words; an empty one, whatever pandas holds in it, is empty."""
    return cell if isinstance(cell, str) else ""


def worded(write: Callable[[Language], str]) -> Wording:
    """Return what `write` says in each language."""
    return {lang: write(lang) for lang in LANGUAGES}


def target_rows(check: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one row of texts for each target, the most urgent status first, then by deadline."""
    rank = {status: number for number, status in enumerate(STATUS_ORDER)}
    order = check.assign(_rank=check["status"].map(rank)).sort_values(["_rank", "deadline"], kind="stable")
    records = order.drop(columns="_rank").to_dict("records")
    return [_target_row({str(key): value for key, value in record.items()}) for record in records]


def _target_row(row: dict[str, Any]) -> dict[str, Any]:
    unit, status = str(row["unit"]), str(row["status"])
    known = status in ASSESSED
    return {
        "id": str(row["target_id"]),
        "status": status,
        "symbol": STATUS_SYMBOLS[status],
        "status_word": worded(lambda lang: label("status", status, lang)),
        "theme": str(row["theme"]),
        "theme_word": worded(lambda lang: label("theme", str(row["theme"]), lang)),
        "binding": worded(lambda lang: label("binding", str(row["binding"]), lang)),
        "name": worded(lambda lang: target_name(row, lang)),
        "place": " · ".join(part for part in (text(row["source"]), text(row["locator"])) if part),
        "reason": text(row["reason"]),
        "deadline": format_year(row["deadline"]),
        "threshold": worded(lambda lang: threshold_text(row, lang)),
        "value": worded(lambda lang: format_value(row["value"], unit, lang)) if known else None,
        "margin": worded(lambda lang: format_margin(row["margin"], unit, lang)) if known else None,
        "needed": _needed(row),
        "break_even": format_year(row["break_even_year"]) if status == "missed" else MISSING,
        "probability": format_probability(row["probability"], row["n"]),
        "interval": format_interval(row["ci_low"], row["ci_high"]),
    }


def _needed(row: Mapping[str, Any]) -> list[Wording]:
    """Return the needed pace as a rate, as a change in natural units, or both where both are known."""
    rate, change = row["needed_rate"], row.get("needed_change")
    found = [] if is_missing(rate) else [worded(lambda lang: format_rate(rate, lang))]
    known = catalogue().get(str(row["indicator"]))
    # The change is one of the level: of a target on a reduction or a rate it is not in the target's unit.
    if not is_missing(change) and (row["status"] not in ASSESSED or (known and known.unit == row["unit"])):
        found.append(worded(lambda lang: format_change(change, str(row["unit"]), lang)))
    return found


def count_rows(check: pd.DataFrame) -> list[dict[str, Any]]:
    """Return each status with its sign, its word and its number of targets."""
    return [
        {
            "status": status,
            "symbol": STATUS_SYMBOLS[status],
            "word": worded(lambda lang, status=status: label("status", status, lang)),  # type: ignore[misc]
            "count": int((check["status"] == status).sum()),
        }
        for status in STATUS_ORDER
    ]


def theme_rows(check: pd.DataFrame) -> list[tuple[str, Wording]]:
    """Return the themes of the targets with their words, by name."""
    return [
        (str(theme), worded(lambda lang, theme=theme: label("theme", str(theme), lang)))  # type: ignore[misc]
        for theme in sorted(check["theme"].unique())
    ]


def key_numbers(frame: pd.DataFrame, n_years: int = 4) -> tuple[list[int], list[dict[str, Any]]]:
    """Return evenly spaced years and, for each indicator, median (or one path) and 90% band in them."""
    years = sorted({int(year) for year in frame["year"]})
    steps = max(1, n_years - 1)
    chosen = sorted({years[round(number * (len(years) - 1) / steps)] for number in range(steps + 1)})
    rows = []
    for name, group in frame.groupby("indicator", sort=False):
        first = group.iloc[0]
        table = group.pivot_table(index="year", columns="statistic", values="value", aggfunc="first")
        unit, basis = str(first["unit"]), str(first["price_basis"])
        rows.append(
            {
                "name": worded(lambda lang, name=name: indicator_label(str(name), lang)),  # type: ignore[misc]
                "measure": worded(
                    lambda lang, unit=unit, basis=basis: measure_label(unit, basis, lang)  # type: ignore[misc]
                ),
                "cells": [_key_cell(table, year, unit) for year in chosen],
            }
        )
    return chosen, rows


def _key_cell(table: pd.DataFrame, year: int, unit: str) -> tuple[str, str]:
    """Return the median or one path, and the band from the 5% to the 95% quantile where it has a width."""
    if year not in table.index:
        return "–", ""
    row = {str(name): float(table[name].loc[year]) for name in table.columns}
    central = format_number(row[central_statistic(row)], unit)
    low, high = row.get("q05"), row.get("q95")
    if low is None or high is None or low == high:
        return central, ""
    return central, f"{format_number(low, unit)} – {format_number(high, unit)}"


def assumption_rows(assumptions: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Return the assumptions by rank, each with its range, provenance and source."""
    if assumptions is None:
        return []
    rows = []
    for row in assumptions.sort_values("rank", kind="stable").to_dict("records"):
        unit = str(row["unit"])
        low, high = row["low"], row["high"]
        ranged = not (is_missing(low) or is_missing(high))
        rows.append(
            {
                "rank": "" if is_missing(row["rank"]) else f"{row['rank']:.0f}",
                "name": str(row["name"]),
                "value": worded(
                    lambda lang, row=row, unit=unit: format_threshold_value(row["value"], unit, lang)  # type: ignore[misc]
                ),
                "range": f"{format_number(low, unit)} – {format_number(high, unit)}" if ranged else "",
                "provenance": str(row["provenance"]),
                "source": text(row["source"]),
            }
        )
    return rows


def reading_rows(check: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the targets that can be read in two ways, with the result of either reading."""
    if "other_reading" not in check:
        return []
    return [
        _two_readings({str(key): value for key, value in row.items()})
        for row in check[check["other_status"].notna()].to_dict("records")
    ]


def _two_readings(row: dict[str, Any]) -> dict[str, Any]:
    other = dict.fromkeys(("margin", "ci_low", "ci_high")) | {
        "status": row["other_status"],
        "value": row["other_value"],
        "probability": row["other_probability"],
    }
    return {
        "name": worded(lambda lang: target_name(row, lang)),
        "deadline": format_year(row["deadline"]),
        "threshold": worded(lambda lang: threshold_text(row, lang)),
        "sides": [
            _target_row(side) | {"reading": worded(lambda lang, word=word: label("reading", word, lang))}  # type: ignore[misc]
            for side, word in ((row, text(row["reading"])), (row | other, text(row["other_reading"])))
        ],
    }


def vintage_rows(vintages: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Return the targets whose result depends on the population vintage, one cell for each vintage."""
    tables = {name: check.set_index("target_id") for name, check in vintages.items()}
    if len(tables) < 2:
        return []
    first = next(iter(tables.values()))
    rows = []
    for target in first.index:
        sides = [
            {str(key): value for key, value in table.loc[target].to_dict().items()}
            for table in tables.values()
            if target in table.index
        ]
        if len(sides) == len(tables) and _differ(sides):
            rows.append(
                {
                    "name": worded(lambda lang, row=sides[0]: target_name(row, lang)),  # type: ignore[misc]
                    "deadline": format_year(sides[0]["deadline"]),
                    "threshold": worded(lambda lang, row=sides[0]: threshold_text(row, lang)),  # type: ignore[misc]
                    "sides": [
                        _target_row({"target_id": target, **side}) | {"reading": {"en": name, "zh": name}}
                        for name, side in zip(tables, sides, strict=True)
                    ],
                }
            )
    return rows


def _differ(sides: list[dict[str, Any]]) -> bool:
    shown = {
        (
            side["status"],
            format_number(side["value"], str(side["unit"])),
            format_probability(side["probability"], side["n"]),
        )
        for side in sides
    }
    return len(shown) > 1


def conflict_rows(conflicts: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Return the conflicts between sources: each reading with its letter, the default marked."""
    if conflicts is None:
        return []
    return [_conflict(row) for row in conflicts.to_dict("records")]


def _conflict(row: Mapping[Any, Any]) -> dict[str, Any]:
    default = text(row["default"])
    readings = [("a", text(row["reading_a"])), ("b", text(row["reading_b"]))]
    return {
        "id": str(row["id"]),
        "subject": text(row["subject"]),
        "readings": [
            {"letter": letter, "words": words, "is_default": letter == default}
            for letter, words in [*readings, ("", text(row["more_readings"]))]
            if words
        ],
        "default": "" if default in {"a", "b"} else default,
        "reason": text(row["reason"]),
    }


def manifest_rows(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the entries of the manifest as texts; nested ones as JSON."""
    return [
        (
            str(key),
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1, default=str),
        )
        for key, value in manifest.items()
    ]


_INTERVAL = re.compile(r"(\[[^\]]*\])")
_VIEW_BOX = re.compile(r'viewBox="[\d.]+ [\d.]+ (?P<width>[\d.]+) [\d.]+"')
_WIDE = 700.0  # points; a wider picture takes the whole width of the page


def write_report(
    content: ReportContent, path: str | Path, *, lang: Language = "en", force: bool = False
) -> Path:
    """Write the report of a run as one self-contained HTML file; never leave a half-written one.

    Parameters
    ----------
    content
        What stands on the page.
    lang
        Language that the page opens in; the reader can switch.
    force
        Whether an existing file is replaced.

    Raises
    ------
    OutputError
        If the file exists and `force` is not set, if it cannot be written, or if a figure is no SVG.
    """
    page = render_report(content, lang=lang)
    with new_file(path, force=force) as draft:
        draft.write_bytes(page.encode())
    return Path(path)


def render_report(content: ReportContent, *, lang: Language = "en") -> str:
    """Return the report as HTML text."""
    # Autoescape is on for every template here: names come from a user's own files.
    environment = Environment(
        loader=PackageLoader("haidong_sim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unbroken"] = _unbroken
    template = environment.get_template("report.html.j2")
    return template.render(_view(content), lang=lang)


def _unbroken(sentence: str) -> Markup:
    """Escape a sentence and keep its intervals, "[29.8–32.2%]", on one line."""
    parts = _INTERVAL.split(sentence)
    return Markup().join(
        Markup('<span class="unbroken">{}</span>').format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def _view(content: ReportContent) -> dict[str, Any]:
    """Return what the template shows: texts only, nothing left to compute."""
    check = content.check
    years, numbers = key_numbers(content.frame)
    methods = sorted(set(check.loc[check["probability"].notna(), "method"].astype(str)))
    return {
        "content": content,
        "headlines": [_headline(row) for row in headline_rows(check, content.headline)],
        "count_text": worded(lambda lang: count_sentence(check, lang)),
        "assumption_text": worded(lambda lang: assumption_sentence(content.assumptions, lang)),
        "counts": count_rows(check),
        "themes": theme_rows(check),
        "targets": target_rows(check),
        "figures": _paired_figures(content),
        "key_years": years,
        "key_numbers": numbers,
        "readings": reading_rows(check) + vintage_rows(content.vintages),
        "conflicts": conflict_rows(content.conflicts),
        "assumptions": assumption_rows(content.assumptions),
        "methods": ", ".join(methods),
        "draws": f"{content.draws:,}",
        "manifest": manifest_rows(content.manifest),
    }


def _headline(row: dict[str, Any]) -> dict[str, Any]:
    status = str(row["status"])
    return {
        "id": str(row["target_id"]),
        "status": status,
        "symbol": STATUS_SYMBOLS[status],
        "status_word": worded(lambda lang: label("status", status, lang)),
        "name": worded(lambda lang: target_name(row, lang)),
        "sentence": worded(lambda lang: verdict_sentence(row, lang)),
        "probability": None if is_missing(row["probability"]) else float(row["probability"]),
    }


def _paired_figures(content: ReportContent) -> list[dict[str, Any]]:
    """Bring the two languages of each figure together, in the order of first appearance."""
    pairs: dict[str, dict[str, Any]] = {}
    for figure in content.figures:
        side = {
            "title": figure.title,
            "caption": figure.caption,
            "svg": Markup(  # noqa: S704 - parsed, cleaned and written anew by inline_svg
                inline_svg(figure.svg, prefix=f"{figure.name}-{figure.lang}", title=figure.title)
            ),
        }
        pair = pairs.setdefault(figure.name, {"name": figure.name, "is_wide": _is_wide(side["svg"])})
        pair[figure.lang] = side
    return list(pairs.values())


def _is_wide(svg: str) -> bool:
    box = _VIEW_BOX.search(svg)
    return box is not None and float(box["width"]) > _WIDE
