"""`haidong-sim energy`: the energy goals under every convention, what drives energy, and the study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import pandas as pd

    from haidong_sim.run import Replay

NAME: Final = "energy"


def command(
    *,
    name: Annotated[str, typer.Argument(help="A bundled scenario, or a .toml file.")],
    year: Annotated[
        int | None, typer.Option(help="Year that is judged; that of the non-fossil target if not given.")
    ] = None,
    draws: Annotated[
        int,
        typer.Option(help="Number of futures for probabilities; 0 looks at the path without shocks only."),
    ] = 0,
    rng: Annotated[int, typer.Option(help="Seed of the futures.")] = 2020,
    is_study: Annotated[
        bool,
        typer.Option("--study", help="Can computing base, intensity cut and non-fossil share go together?"),
    ] = False,
    registry: Annotated[str | None, typer.Option(help="Another place: a registry folder.")] = None,
    is_csv: Annotated[bool, typer.Option("--csv", help="Every column of every row, as CSV.")] = False,
) -> None:
    """Show the energy side of a scenario under all conventions of counting. Writes nothing.

    One row per convention: cuts of energy and CO2 intensity, which of the two controls binds, and the
    non-fossil share. Below stands what drives energy use.

    [bold]Example:[/bold]  haidong-sim energy parks --study
    """
    from haidong_sim.answers.energy import energy_conventions, study_energy
    from haidong_sim.cli.screen import print_csv
    from haidong_sim.run import case_of, replay_years

    case = case_of(name, registry=registry)
    scenario, place = case.scenario, case.registry
    if is_study:
        frame = study_energy(scenario, target_year=year, registry=place)
        print_csv(frame) if is_csv else _print_study(frame)
        return
    frame = energy_conventions(scenario, year, draws=draws, rng=rng, registry=place)
    if is_csv:
        print_csv(frame)
        return
    _print_conventions(frame, draws)
    replay = replay_years(scenario, registry=place)
    _print_drivers(replay, int(frame["year"].iloc[0]))
    _print_density(replay, int(frame["year"].iloc[0]))


def _print_conventions(frame: pd.DataFrame, draws: int) -> None:
    from rich.text import Text

    from haidong_sim.cli.answer import chance_text
    from haidong_sim.cli.screen import STATUS_STYLES, print_line, print_table
    from haidong_sim.report import STATUS_SYMBOLS
    from haidong_sim.words import format_number

    def cell(row: Mapping[Hashable, Any], value: str, question: str) -> Text:
        status = row[f"{question}_status"]
        words = f"{STATUS_SYMBOLS.get(status, '')} {format_number(row[value], 'fraction')}"
        if f"{question}_probability" in row:
            words += f"  {chance_text(row[f'{question}_probability'], draws)}"
        return Text(words, style=STATUS_STYLES.get(status, ""))

    first = frame.iloc[0]
    rows: list[list[Any]] = []
    group = ""
    for row in frame.to_dict("records"):
        # Accounting and attribution stand once, above their controls: in one row they outgrow 80 columns.
        if group != (named := f"{row['accounting']}, {row['attribution']}"):
            group = named
            rows.append(["", group, *[""] * 5])
        rows.append([
            "*" if row["is_stated"] else "", f"  {row['control']}",
            cell(row, "energy_cut", "energy"), cell(row, "co2_cut", "co2"), row["binding"],
            cell(row, "non_fossil_share", "share"), format_number(row["missing_generation"], "TWh"),
        ])  # fmt: skip
    right = {"justify": "right"}
    columns: dict[str, dict[str, Any]] = {
        "": {}, "accounting, attribution": {"ratio": 1, "overflow": "fold", "no_wrap": False},
        "energy": right, "CO2": right, "binds": {}, "non-fossil": right, "TWh": right,
    }  # fmt: skip
    print_line(
        f"In {first['year']}: cuts of energy and CO2 intensity, the control that binds, non-fossil share"
    )
    print_table(rows, columns)
    asked = [format_number(first[f"asked_{name}"], "fraction") for name in ("energy_cut", "co2_cut", "share")]
    print_line(
        f"Asked: energy intensity −{asked[0]}, CO2 intensity −{asked[1]}, non-fossil share {asked[2]}. "
        f"CO2 scope: {first['scope'].replace('_', ' ')}. TWh: clean power still missing for the share. "
        "* marks the scenario's own convention."
    )
    if draws:
        print_line(f"After each value its probability over {draws:,} futures, the same for every convention.")


def _print_drivers(replay: Replay, year: int) -> None:
    from haidong_sim.answers.attribution import decompose_energy
    from haidong_sim.cli.screen import print_line, print_table
    from haidong_sim.words import format_margin, format_number

    first = replay.program.base_year
    found = decompose_energy(replay.scenario, first, year, registry=replay.registry)
    table = found.frame("both")
    whole = table[(table["from_year"] == first) & (table["to_year"] == year)]
    wide = whole.pivot_table(index="user", columns="factor", values="effect", sort=False)
    rows = []
    for user, effects in wide.iterrows():
        used = [float(replay.years[at].get(f"energy_{user}", 0.0)) for at in (first, year)]
        values = [*(format_number(value, "1e4 tce") for value in used)]
        rows.append([str(user), *values, *(_moved(float(effect), format_margin) for effect in effects)])
    right = {"justify": "right"}
    print_line()
    heads = [f"{first}", f"{year}", *(str(name) for name in wide)]
    print_table(rows, {"Energy by user, 1e4 tce": {"ratio": 1}} | dict.fromkeys(heads, right))
    print_line("What moved it: logarithmic mean Divisia index, chained yearly; the effects add up exactly.")


def _moved(effect: float, format_margin: Any) -> str:
    return "" if effect == 0.0 else format_margin(effect, "1e4 tce", "en")


def _print_density(replay: Replay, year: int) -> None:
    from haidong_sim.answers.energy import computing_density
    from haidong_sim.cli.screen import print_line

    finding = computing_density(replay.scenario, year, registry=replay.registry)
    if finding is not None:
        print_line(
            f"Computing power in {year}: {finding.density:.2f} PFLOPS per rack, {finding.ratio:.1f} times "
            f"the benchmark of {finding.benchmark:.2f}: {finding.status}."
        )


def _print_study(frame: pd.DataFrame) -> None:
    from haidong_sim.cli.screen import print_line, print_table

    keys = ["accounting", "attribution", "control"]
    goals = ["intensity_holds", "co2_holds", "share_holds", "both_hold"]
    rows: list[Sequence[Any]] = []
    for convention, part in frame.groupby(keys, sort=False):
        shares = [f"{part[goal].mean():.0%}" for goal in goals]
        most = part.loc[part["both_hold"], "kw_per_rack"].max()
        rows.append([*convention, *shares, "never" if most != most else f"{most:g}"])  # noqa: PLR0124  NaN is unlike itself
    right = {"justify": "right"}
    heads = ["energy cut", "CO2 cut", "share", "cut and share", "most kW"]
    columns: dict[str, dict[str, Any]] = {name: {"ratio": 1} for name in keys} | dict.fromkeys(heads, right)
    print_table(rows, columns)
    print_line(
        f"Part of {len(frame) // len(rows)} futures in which each holds: growth of GDP "
        f"{_range(frame['gdp_growth'], 100)}% a year, {_range(frame['kw_per_rack'], 1)} kW per rack, more "
        f"saving {_range(frame['extra_decline'], 100)}% a year, {_range(frame['added_capacity'], 1)} GW more "
        "clean capacity. Most kW: the greatest power per rack at which cut and share hold in one of them."
    )


def _range(values: Any, scale: float) -> str:
    return f"{scale * min(values):g} to {scale * max(values):g}"
