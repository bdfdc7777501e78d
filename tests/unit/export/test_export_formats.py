"""Results in other shapes hold the numbers of the run, and a missing package is asked for by its extra."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

import haidong_sim as hs
from haidong_sim.errors import OutputError
from haidong_sim.export import iamc_variables
from haidong_sim.indicators import catalogue

TOY = Path(__file__).parents[2] / "toy_district" / "toy.toml"


@pytest.fixture(scope="module")
def result():
    return hs.simulate(TOY, draws=512, rng=3)


def test_every_indicator_has_a_variable_of_its_own():
    assert set(iamc_variables()) == set(catalogue())
    places = [(catalogue()[name].region, variable) for name, variable in iamc_variables().items()]
    assert len(set(places)) == len(places)


def test_iamc_frame_has_the_columns_and_regions_of_the_format(result):
    frame = result.to_iamc()
    assert list(frame.columns) == ["model", "scenario", "region", "variable", "unit", "year", "value"]
    assert set(frame["region"]) == {
        "Toynation", "Toynation|Toyland", "Toynation|Toyland|Toyshire", "Toynation|Toyland|Rest of Toyland",
    }  # fmt: skip
    assert not frame.duplicated(["region", "variable", "year"]).any()
    assert frame["unit"].notna().all()
    assert frame["value"].notna().all()


def test_iamc_median_is_the_plain_variable(result):
    frame = result.to_iamc().set_index(["region", "variable", "year"])["value"]
    city = "Toynation|Toyland|Toyshire"
    expected = result.statistics("gdp_current", 2030)
    assert frame[city, "GDP|Current Prices", 2030] == expected["median"]
    assert frame[city, "GDP|Current Prices|5.0th Percentile", 2030] == expected["q05"]
    assert frame["Toynation|Toyland", "GDP|Current Prices", 2020] == 4000.0


def test_iamc_wide_holds_the_same_numbers_with_years_as_whole_numbers(result):
    wide = result.to_iamc(wide=True, model="mine")
    years = [column for column in wide.columns if isinstance(column, int)]
    assert years == list(range(2020, 2036))
    back = wide.melt(["model", "scenario", "region", "variable", "unit"], years, "year", "value")
    keys = ["region", "variable", "year"]
    left = back.sort_values(keys)["value"].to_numpy()
    right = result.to_iamc().sort_values(keys)["value"].to_numpy()
    assert left.tolist() == right.tolist()
    assert set(wide["model"]) == {"mine"}


def test_xarray_holds_units_and_numbers(result):
    data = result.to_xarray()
    cell = data["gdp_share_of_province"].sel(statistic="q95", year=2035).item()
    assert cell == result.statistics("gdp_share_of_province", 2035)["q95"]
    assert data["gdp_current"].attrs["units"] == "1e8 CNY"
    assert data["gdp_current"].attrs["price_basis"] == "current"
    assert (data.attrs["scenario"], data.attrs["entropy"]) == ("toy", "3")


def test_parquet_keeps_numbers_and_types(result, tmp_path):
    path = result.to_parquet(tmp_path / "run.parquet")
    back = pd.read_parquet(path)
    pd.testing.assert_frame_equal(back, result.frame())


def test_workbook_has_the_layout_of_the_office(result, tmp_path):
    import openpyxl

    path = result.to_excel(tmp_path / "run.xlsx")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["主要指标", "预测", "假设"]
    targets = book["主要指标"]
    assert targets["A1"].value == "玩具市主要指标及达成情况"
    heads = [cell.value for cell in targets[3]]
    assert heads[:4] == ["类别", "序号", "指标名称", "单位"]
    row = dict(zip(heads, targets[4], strict=True))
    assert (row["指标名称"].value, row["目标值"].value, row["单位"].value) == ("share", 0.3, "%")
    assert row["目标值"].number_format == '"≥"0.0%'
    assert row["基期值"].value == 0.25
    assert row["达成情况"].value == "未达到"
    assert targets.max_row == 3 + 12
    cells = (dict(zip(heads, line, strict=True)) for line in targets.iter_rows(min_row=4))
    core = next(line for line in cells if line["指标名称"].value == "core")
    assert core["目标值"].value == 40
    assert core["目标值"].number_format == '#,##0.##"–60"'
    projections = book["预测"]
    assert [cell.value for cell in projections[3]][3:] == list(range(2020, 2036))
    assert projections["D4"].value == 1000.0


def test_an_existing_file_is_kept(result, tmp_path):
    for write, name in ((result.to_excel, "run.xlsx"), (result.to_parquet, "run.parquet")):
        (tmp_path / name).write_text("mine")
        with pytest.raises(OutputError, match="exists"):
            write(tmp_path / name)
        assert (tmp_path / name).read_text() == "mine"
        write(tmp_path / name, force=True)
    with pytest.raises(OutputError, match="cannot be written"):
        result.to_excel(tmp_path / "nowhere" / "run.xlsx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.parquet", "run.xlsx"]


@pytest.mark.parametrize(
    ("package", "extra", "method", "arguments"),
    [
        ("xarray", "xarray", "to_xarray", ()),
        ("openpyxl", "excel", "to_excel", ("run.xlsx",)),
        ("pyarrow", "parquet", "to_parquet", ("run.parquet",)),
    ],
)
def test_a_missing_package_is_asked_for_by_its_extra(package, extra, method, arguments, result, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(OutputError, match=rf"pip install 'haidong-sim\[{extra}\]'"):
        getattr(result, method)(*arguments)
