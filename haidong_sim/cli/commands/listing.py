"""`haidong-sim list`: what the library knows and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from haidong_sim.resources import DEFAULT_PLACE

if TYPE_CHECKING:
    import pandas as pd

NAME: Final = "list"

# what is listed -> its columns on a screen; a number is the part of the width that a long one takes, 0 for
# those shown whole; "aim" and "amount" are numbers with sign and unit as a reader writes them
_SCREENS: Final[dict[str, dict[str, int]]] = {
    "baseline": {"name": 3, "amount": 2, "vintage_choice": 0, "provenance": 0, "source": 2},
    "targets": {"id": 3, "aim": 2, "deadline": 0, "price_basis": 0, "source": 0},
    "conflicts": {"id": 0, "subject": 2, "reading_a": 3, "reading_b": 3, "default": 0},
    "scenarios": {"name": 0, "label_en": 1, "label_zh": 1, "place": 0, "baseline": 0, "horizon": 0},
    "indicators": {"name": 3, "unit": 1, "price_basis": 0, "region": 1, "label_en": 3},
    "sources": {"id": 2, "kind": 0, "title": 4, "published": 0},
    "observations": {"id": 3, "amount": 2, "year": 0, "status": 0, "source": 0},
}
_WRAPPED: Final = frozenset({"conflicts", "sources"})
"""Lists whose long cells are read in full, over several lines."""

_ALSO: Final = ("schema",)

# filter -> the columns it looks at, whichever of them the rows have
_FILTERED: Final = {
    "indicator": ("indicator", "model_indicator", "indicators", "name"),
    "source": ("source", "id"),
    "status": ("status",),
}


def command(
    *,
    what: Annotated[
        str, typer.Argument(help=f"{', '.join(_SCREENS)}; or schema, the JSON schema of scenario files.")
    ],
    theme: Annotated[str | None, typer.Option(help="Only rows of this theme, such as economy.")] = None,
    status: Annotated[str | None, typer.Option(help="Only rows of this status.")] = None,
    indicator: Annotated[str | None, typer.Option(help="Only rows about this indicator.")] = None,
    binding: Annotated[str | None, typer.Option(help="Only targets that are binding, expected …")] = None,
    source: Annotated[str | None, typer.Option(help="Only rows from this source.")] = None,
    show: Annotated[
        str | None, typer.Option(help="With scenarios: print this one as TOML, to copy and change.")
    ] = None,
    registry: Annotated[
        str, typer.Option(help="The place: a bundled name or a registry folder.")
    ] = DEFAULT_PLACE,
    is_csv: Annotated[bool, typer.Option("--csv", help="Every column, as CSV.")] = False,
) -> None:
    """List what is known: starting values, targets, conflicts between sources, scenarios and more.

    Each row says where it comes from. --csv gives all columns: locator, vintage, price basis, notes.

    [bold]Example:[/bold]  haidong-sim list targets --theme economy
    [bold]Example:[/bold]  haidong-sim list scenarios --show plan > mine.toml
    """
    from haidong_sim.cli.screen import keep_rows, print_csv, print_table, require_known
    from haidong_sim.errors import HaidongSimError

    require_known("list", what, [*_SCREENS, *_ALSO])
    if show is not None and what != "scenarios":
        raise HaidongSimError("--show prints a scenario; write: haidong-sim list scenarios --show NAME")
    if what == "schema":
        _print_schema()
        return
    if show is not None:
        from haidong_sim.scenario import scenario_file

        typer.echo(scenario_file(show).read_text(encoding="utf-8-sig"), nl=False)
        return
    table = _table(what, registry)
    wanted = {"theme": theme, "status": status, "indicator": indicator, "binding": binding, "source": source}
    chosen = keep_rows(table, wanted, _FILTERED)
    if is_csv:
        print_csv(chosen)
        return
    shown = _SCREENS[what]
    long = {"no_wrap": False, "overflow": "fold"} if what in _WRAPPED else {}
    columns: dict[str, dict[str, Any]] = {
        name: {"ratio": ratio, **long} if ratio else {} for name, ratio in shown.items()
    }
    note = f"{len(chosen)} of {len(table)} {what}" + (
        "" if len(chosen) else "; nothing fits all filters together"
    )
    print_table(_with_amounts(chosen)[list(shown)].to_numpy(dtype=object).tolist(), columns, note=note)


def _with_amounts(table: pd.DataFrame) -> pd.DataFrame:
    from haidong_sim.words import format_threshold_value, threshold_text

    if "value" not in table:
        return table
    records = table.rename(columns={"value": "threshold", "value_high": "threshold_high"}).to_dict("records")
    rows = [{str(key): cell for key, cell in row.items()} for row in records]
    amounts = [format_threshold_value(row["threshold"], str(row["unit"]), "en") for row in rows]
    return table.assign(aim=[threshold_text(row, "en") for row in rows], amount=amounts)


def _table(what: str, registry: str) -> pd.DataFrame:
    if what == "scenarios":
        return _scenarios()
    if what == "indicators":
        return _indicators()
    from haidong_sim.place import load_registry

    place = load_registry(registry)
    frames = {
        "baseline": place.baseline_frame,
        "targets": place.targets_frame,
        "conflicts": place.conflicts_frame,
        "sources": place.sources_frame,
        "observations": place.observations_frame,
    }
    return frames[what]()


def _scenarios() -> pd.DataFrame:
    import pandas as pd

    from haidong_sim.scenario import bundled_scenarios, load_scenario

    rows = []
    for name in bundled_scenarios():
        scenario = load_scenario(name)
        rows.append(
            {
                "name": name, "label_en": scenario.label.en, "label_zh": scenario.label.zh,
                "place": scenario.place, "baseline": scenario.baseline, "horizon": scenario.horizon,
                "story_en": scenario.story.en, "story_zh": scenario.story.zh,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _indicators() -> pd.DataFrame:
    import dataclasses

    import pandas as pd

    from haidong_sim.indicators import catalogue

    return pd.DataFrame([dataclasses.asdict(row) for row in catalogue().values()])


def _print_schema() -> None:
    import json

    from haidong_sim.scenario import Scenario

    schema = Scenario.model_json_schema() | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    typer.echo(json.dumps(schema, ensure_ascii=False, indent=2))
