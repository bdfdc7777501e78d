"""Writes the report: one HTML file in two languages that opens offline and asks nothing of the network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from haidong_sim.report.sentences import (
    STATUS_SYMBOLS,
    assumption_sentence,
    count_sentence,
    headline_rows,
    target_name,
    verdict_sentence,
)
from haidong_sim.report.svg import inline_svg
from haidong_sim.report.tables import (
    assumption_rows,
    conflict_rows,
    count_rows,
    key_numbers,
    manifest_rows,
    reading_rows,
    target_rows,
    theme_rows,
    vintage_rows,
    worded,
)
from haidong_sim.run.saving import new_file
from haidong_sim.words.formatting import is_missing
from haidong_sim.words.labels import Language, label

if TYPE_CHECKING:
    from haidong_sim.report.content import ReportContent

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
