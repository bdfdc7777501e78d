"""Write the pages of docs/ that are tables of metadata; with --check, say whether they are up to date.

A page made here is never edited: its words are in the catalogue of indicators, the drivers, the path classes,
the scenario files and the registry.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from click import Context
from typer.main import get_command

import haidong_sim as hs
from haidong_sim import bundled_scenarios, load_registry, load_scenario
from haidong_sim.cli.application import build_application
from haidong_sim.indicators import catalogue, formulas
from haidong_sim.scenario import DRIVERS
from haidong_sim.scenario.paths import PATH_KINDS, Sourced
from haidong_sim.words import format_threshold_value, label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from click import Parameter

    from haidong_sim.place import Target
    from haidong_sim.scenario import Scenario

DOCS = Path(__file__).resolve().parent
NOTICE = "<!-- Written by docs/make_tables.py from {source}. Edit that, then run `make tables`. -->"
COMPARATOR_WORDS = {
    "ge": "at least",
    "gt": "more than",
    "le": "at most",
    "lt": "less than",
    "eq": "",
    "approx": "about",
    "between": "",
    "multiple_of_base": "times the base:",
    "sync_with": "in step with",
    "rank_above": "above",
}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return a Markdown table, line by line."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return [*lines, ""]


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return " ".join(text.replace("|", "\\|").split())


def _page(title: str, source: str, intro: str) -> list[str]:
    return [NOTICE.format(source=source), "", f"# {title}", "", intro, ""]


def indicators_page() -> list[str]:
    """Return the page of projected indicators."""
    lines = _page(
        "Indicators",
        "haidong_sim/indicators/catalogue.csv and derived.py",
        "What a run reports, by name. Rates and shares are fractions. `scale` is the one on which a margin "
        "is linear. An indicator with arguments is derived from them; the others come from the year itself.",
    )
    rows = []
    for name, about in catalogue().items():
        formula = formulas().get(name)
        needs = ", ".join(f"`{need}`" for need in formula.needs) if formula else ""
        rows.append(
            (
                f"`{name}`",
                about.label_en,
                about.label_zh,
                about.unit,
                about.price_basis,
                about.region,
                about.scale,
                needs,
            )
        )
    return lines + table(
        ("name", "meaning", "名称", "unit", "price basis", "region", "scale", "derived from"), rows
    )


def drivers_page() -> list[str]:
    """Return the page of yearly drivers and of the kinds of path that may be written for them."""
    lines = _page(
        "Drivers and growth paths",
        "haidong_sim/scenario/drivers.py and haidong_sim/scenario/paths/",
        "A scenario writes a path for a driver under `[paths.<driver>]` and its scatter under "
        "`[uncertainty.<driver>]`. A `rate` is growth over the year before; a `log` path is a log change or "
        "a slope of log odds per year. Required drivers have no neutral value; of `province` and "
        "`rest_of_province` exactly one is given, and the other follows.",
    )
    lines += table(
        ("driver", "meaning", "含义", "link", "required"),
        (
            (f"`{d.name}`", d.meaning_en, d.meaning_zh, d.link, "yes" if d.is_required else "")
            for d in DRIVERS.values()
        ),
    )
    lines += [
        "## Kinds of path",
        "",
        "Written as `kind`; a bare number or a table without `kind` is `constant`.",
        "",
    ]
    return lines + table(
        ("kind", "what it does", "its own keys"), (_kind(*item) for item in PATH_KINDS.items())
    )


def _kind(kind: str, cls: type) -> tuple[str, str, str]:
    common = {*Sourced.model_fields, "kind"}
    keys = ", ".join(f"`{key}`" for key in cls.model_fields if key not in common)  # type: ignore[attr-defined]
    return f"`{kind}`", inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0], keys


def scenarios_page() -> list[str]:
    """Return the page of bundled scenarios."""
    lines = _page(
        "Bundled scenarios",
        "scenarios/*.toml",
        "The paths are medians; `low` and `high` are the range in which a user may reasonably move a number. "
        "Every number says whether it is printed in a plan (`document`), otherwise published (`official`), "
        "arithmetic on those (`derived`), estimated (`calibrated`) or a judgement (`assumption`).",
    )
    for name in bundled_scenarios():
        lines += _scenario(load_scenario(name))
    return lines


def _scenario(scenario: Scenario) -> list[str]:
    lines = [f"## `{scenario.name}`: {scenario.label.en} ({scenario.label.zh})", "", scenario.story.en, ""]
    lines += [scenario.story.zh, ""]
    lines += [f"Population vintage `{scenario.baseline}`, to {scenario.horizon}.", ""]
    rows = [
        (f"`{name}`", path, _range(path.low, path.high), path.provenance, path.source or path.note)
        for name, path in scenario.paths.items()
    ]
    lines += table(("driver", "path", "low to high", "provenance", "source or note"), rows)
    if scenario.uncertainty:
        spread = [
            (
                f"`{name}`",
                about.trend_sd,
                about.annual_sd,
                about.persistence,
                about.provenance,
                about.source or about.note,
            )
            for name, about in scenario.uncertainty.items()
        ]
        lines += table(
            ("uncertain", "sd of the trend", "sd of a year", "persistence", "provenance", "source or note"),
            spread,
        )
    judged = [
        (
            f"`{name}`",
            about.value,
            _range(about.low, about.high),
            about.provenance,
            about.source or about.note,
        )
        for name, about in (*scenario.assumptions.items(), *scenario.assumed_targets.items())
    ]
    return lines + table(("assumption", "value", "low to high", "provenance", "source or note"), judged)


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:g} to {high:g}"


def targets_page() -> list[str]:
    """Return the page of every target of the bundled registry."""
    registry = load_registry()
    lines = _page(
        "Targets",
        "haidong_sim/place/data/haidong/targets.csv",
        f"All {len(registry.targets)} targets of the two plans, by theme. *Projected as* names the indicator "
        "that a run sets against the target; a target without one gets the pace that it asks for, or the "
        "reason why it cannot be assessed.",
    )
    for theme in dict.fromkeys(target.theme for target in registry.targets):
        lines += [f"## {label('theme', theme, 'en')} ({label('theme', theme, 'zh')})", ""]
        rows = [_target(target) for target in registry.targets if target.theme == theme]
        lines += table(("id", "target", "目标", "asks for", "by", "projected as", "source"), rows)
    return lines


def _target(target: Target) -> tuple[object, ...]:
    return (
        f"`{target.id}`",
        target.name_en,
        target.name_zh,
        _asked(target),
        target.deadline,
        f"`{target.model_indicator}`" if target.is_core else "",
        f"{target.source}, {target.locator}",
    )


def _asked(target: Target) -> str:
    if target.value is None:
        told = (
            f"`{target.reference_indicator}`" if target.reference_indicator else target.value_missing_reason
        )
    else:
        told = format_threshold_value(target.value, target.unit, "en")
    if target.value_high is not None:
        told += f" to {format_threshold_value(target.value_high, target.unit, 'en')}"
    return f"{COMPARATOR_WORDS[target.comparator]} {told}".strip()


def commands_page() -> list[str]:
    """Return the page of commands and their options."""
    lines = _page(
        "Commands",
        "haidong_sim/cli/commands/",
        "Every command takes `--help`. Exit codes: 0 success, 1 a check that was asked for fails, 2 bad "
        "input.",
    )
    application = get_command(build_application())
    context = Context(application)
    for name in application.list_commands(context):  # type: ignore[attr-defined]
        command = application.get_command(context, name)  # type: ignore[attr-defined]
        paragraphs = re.sub(r"\[/?[a-z]+\]", "", inspect.cleandoc(command.help or "")).split("\n\n")
        lines += [f"## `haidong-sim {name}`", ""]
        for paragraph in paragraphs:
            told, *examples = (" ".join(part.split()) for part in paragraph.split("Example:"))
            lines += [told, ""] if told else []
            lines += [line for example in examples for line in (f"`{example}`", "")]
        lines += table(("argument", "meaning", "default"), (_argument(found) for found in command.params))
    return lines


def _argument(found: Parameter) -> tuple[object, ...]:
    shown = (
        "/".join((*found.opts, *found.secondary_opts)) if found.param_type_name == "option" else found.name
    )
    given = getattr(found, "show_default", None)
    default = given if isinstance(given, str) else found.default
    is_plain = isinstance(default, (str, int, float)) and not isinstance(default, bool) and default != ""
    return f"`{shown}`", getattr(found, "help", ""), f"`{default}`" if is_plain else ""


def api_page() -> list[str]:
    """Return the page of public functions: signature, what it answers, arguments and errors."""
    lines = _page(
        "Functions",
        "signatures and docstrings of the functions of haidong_sim.__all__",
        "`hs.<verb>(subject, what is asked, *, …, draws=None, rng=None, registry=None, progress=None)`. A "
        "*subject* is a result, a scenario, the name of a bundled one or the path of a TOML file; what needs "
        "a run makes one, on the place and the random numbers of a result. `draws=None` takes those of a "
        "result, else the number that the function names; `rng` is None, an integer, a `SeedSequence` or a "
        "`Generator`; `registry` is a place (a registry, a name or a folder) and travels with a result: "
        "another one is refused. An unknown keyword is refused with the nearest.",
    )
    functions = {name: getattr(hs, name) for name in hs.__all__ if name != "__version__"}
    for name, function in functions.items():
        if inspect.isclass(function):
            continue
        told = inspect.getdoc(function) or ""
        lines += [f"## `{name}`", "", "```text", _call(name, inspect.signature(function)), "```", ""]
        lines += _sections(told)
    return lines


def _call(name: str, signature: inspect.Signature) -> str:
    """Return a call with its defaults and without its types, which the docstring says in words."""
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    text = str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty))
    return textwrap.fill(f"hs.{name}{text}", width=112, subsequent_indent="    ", break_long_words=False)


def _sections(told: str) -> list[str]:
    """Return a docstring of numpy's style as Markdown: its prose, and a list under each heading."""
    lines: list[str] = []
    parts = re.split(r"\n?([A-Z][a-z]+)\n-{3,}\n", told)
    lines += [*parts[0].strip().split("\n"), ""]
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        if heading not in {"Parameters", "Returns", "Raises"}:
            continue
        lines += [f"**{heading}**", ""]
        for item in re.split(r"\n(?=\S)", body.strip("\n")):
            head, _, rest = item.partition("\n")
            words = " ".join(rest.split())
            lines += [f"- {', '.join(f'`{word}`' for word in head.split(', '))}: {words}" if words else head]
        lines += [""]
    return lines


PAGES: dict[str, Callable[[], list[str]]] = {
    "api.md": api_page,
    "commands.md": commands_page,
    "indicators.md": indicators_page,
    "drivers.md": drivers_page,
    "scenarios.md": scenarios_page,
    "targets.md": targets_page,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or with --check compare them with what would be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is out of date")
    is_check = parser.parse_args(arguments).check
    stale = []
    for name, page in PAGES.items():
        path, text = DOCS / name, "\n".join(page()).rstrip() + "\n"
        if is_check and (not path.is_file() or path.read_text(encoding="utf-8") != text):
            stale.append(name)
        elif not is_check:
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"out of date: {', '.join(stale)}; run `make tables`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
