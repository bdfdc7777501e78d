"""A workbook in the layout of a planning office: 主要指标表, then projections and assumptions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.export.frames import require_extra
from haidong_sim.indicators import indicator as declared
from haidong_sim.run import new_file
from haidong_sim.words import (
    COMPARATOR_SIGNS,
    FRACTION_UNITS,
    central_statistic,
    format_threshold,
    is_missing,
    label,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haidong_sim.run import Result

_TARGET_HEADS: Final = (
    "类别", "序号", "指标名称", "单位", "基期", "基期值", "目标年", "目标值", "属性",
    "预测值（无冲击路径）", "差距", "达成情况", "达成概率", "所需年均增速", "依据",
)  # fmt: skip
_TARGET_WIDTHS: Final = (10, 6, 36, 14, 8, 12, 8, 12, 10, 14, 12, 10, 10, 12, 30)
_ASSUMPTION_HEADS: Final = (
    "位次",
    "名称",
    "取值",
    "下限",
    "上限",
    "单位",
    "来源类别",
    "来源",
    "说明",
    "改变结论数",
)
_ASSUMPTION_WIDTHS: Final = (6, 48, 12, 12, 12, 18, 12, 40, 50, 12)
_HEAD_ROW: Final = 3


def to_excel(result: Result, path: str | Path, *, force: bool = False) -> Path:
    """Write a workbook and return the file.

    The first sheet has one row a target, grouped by theme, with base, aim, class, projected value, verdict,
    probability and the growth a year that is needed; the second one row an indicator and one column a year
    (medians, or the path without shocks); the third the ranked assumptions. Percentages are numbers with a
    format.

    Raises
    ------
    OutputError
        If openpyxl is not installed, the file exists and `force` is not set, or it cannot be written.
    """
    openpyxl = require_extra("openpyxl")
    book = openpyxl.Workbook()
    place = result.registry.place.region("city")
    name = (place.name_zh or place.name_en) if place is not None else ""
    years = result.years.tolist()
    middle = "无冲击路径" if result.entropy is None else "中位数"
    heads, widths = ("指标", "单位", "价格口径", *years), (32, 16, 12, *(11 for _ in years))
    sheets: list[tuple[str, str, Sequence[Any], Sequence[int], list[list[Any]]]] = [
        ("主要指标", f"{name}主要指标及达成情况", _TARGET_HEADS, _TARGET_WIDTHS, _target_rows(result)),
        ("预测", f"{name}主要指标预测（{middle}）", heads, widths, _projection_rows(result)),
        ("假设", "结论所依赖的假设", _ASSUMPTION_HEADS, _ASSUMPTION_WIDTHS, _assumption_rows(result)),
    ]
    for number, (title, headline, columns, column_widths, rows) in enumerate(sheets):
        sheet = book.active if number == 0 else book.create_sheet()
        sheet.title = title
        _fill(sheet, headline, _run_note(result), columns, column_widths, rows)
    with new_file(path, force=force) as draft:
        book.save(draft)
    return Path(path)


def _run_note(result: Result) -> str:
    label_zh = result.scenario.label.zh
    seed = "" if result.entropy is None else f"；模拟 {result.draws:,} 次，随机种子 {result.entropy}"
    return f"情景：{label_zh}（{result.scenario.name}）；人口口径：{result.scenario.baseline}{seed}"


def _target_rows(result: Result) -> list[list[Any]]:
    themes = list(dict.fromkeys(row["theme"] for row in result.verdicts))
    rows = sorted(result.verdicts, key=lambda row: themes.index(row["theme"]))
    return [_target_row(number, row) for number, row in enumerate(rows, 1)]


def _target_row(number: int, row: dict[str, Any]) -> list[Any]:
    unit = str(row["unit"])
    sign = COMPARATOR_SIGNS.get(str(row["comparator"]), "")
    upper = "" if is_missing(row["threshold_high"]) else f"–{format_threshold(row['threshold_high'], unit)}"
    has_base = not is_missing(row["base_value"]) and not is_missing(row["base_year"])
    return [
        label("theme", row["theme"], "zh"),
        number,
        row["name_zh"] or row["name_en"],
        "%" if unit in FRACTION_UNITS else label("unit", unit, "zh"),
        row["base_year"] if has_base else "—",
        _Number(row["base_value"], unit),
        row["deadline"],
        _Number(row["threshold"], unit, sign=sign.strip(), upper=upper),
        label("binding", row["binding"], "zh"),
        _Number(row["value"], unit),
        _Number(row["margin"], unit),
        label("status", row["status"], "zh"),
        _Number(row["probability"], "fraction"),
        _Number(row["needed_rate"], "fraction"),
        f"{row['source']} {row['locator']}",
    ]


def _projection_rows(result: Result) -> list[list[Any]]:
    rows = []
    for name in result.indicators:
        about = declared(name)
        unit = "%" if about.is_fraction else label("unit", about.unit, "zh")
        found = [result.statistics(name, year) for year in result.years.tolist()]
        values = [_Number(each[central_statistic(each)], about.unit) for each in found]
        rows.append([about.label_zh, unit, label("basis", about.price_basis, "zh"), *values])
    return rows


def _assumption_rows(result: Result) -> list[list[Any]]:
    columns = ["rank", "name", "value", "low", "high", "unit", "provenance", "source", "note", "flips"]
    table = result.assumptions()[columns].astype(object)
    return [[None if cell != cell else cell for cell in row] for row in table.to_numpy().tolist()]  # noqa: PLR0124  NaN


class _Number:
    """A number of a cell with its unit, a comparator's sign before it and the end of a range after it."""

    def __init__(self, value: float | None, unit: str, *, sign: str = "", upper: str = "") -> None:
        self.value = None if is_missing(value) else value
        self.is_share = unit in FRACTION_UNITS
        self.sign = sign
        self.upper = upper

    @property
    def excel_format(self) -> str:
        """The number format: a share as percent, anything else with two decimals if it has any."""
        digits = "0.0%" if self.is_share else "#,##0.##" if abs(self.value or 0.0) < 1000 else "#,##0"
        return "".join(
            [f'"{self.sign}"' if self.sign else "", digits, f'"{self.upper}"' if self.upper else ""]
        )


def _fill(
    sheet: Any,
    headline: str,
    note: str,
    heads: Sequence[Any],
    widths: Sequence[int],
    rows: Sequence[Sequence[Any]],
) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    line = Side(style="thin", color="999999")
    frame = Border(left=line, right=line, top=line, bottom=line)
    last = get_column_letter(len(heads))
    for row, text, font in ((1, headline, Font(bold=True, size=16)), (2, note, Font(size=9, color="666666"))):
        sheet.merge_cells(f"A{row}:{last}{row}")
        sheet.cell(row, 1, text).font = font
        sheet.cell(row, 1).alignment = Alignment(horizontal="center")
    for column, (head, width) in enumerate(zip(heads, widths, strict=True), 1):
        cell = sheet.cell(_HEAD_ROW, column, head)
        cell.font, cell.fill, cell.border = Font(bold=True), PatternFill("solid", fgColor="DDE6F0"), frame
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    for number, cells in enumerate(rows, _HEAD_ROW + 1):
        for column, content in enumerate(cells, 1):
            is_number = isinstance(content, _Number)
            cell = sheet.cell(number, column, content.value if is_number else content)
            if is_number:
                cell.number_format = content.excel_format
            cell.border = frame
            cell.alignment = Alignment(vertical="center", wrap_text=isinstance(content, str))
    sheet.freeze_panes = sheet.cell(_HEAD_ROW + 1, 4)
    sheet.page_setup.orientation = "landscape"
    sheet.print_title_rows = f"1:{_HEAD_ROW}"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0
