"""Results in the shapes that others read: IAMC frames, xarray, Excel, Parquet."""

from haidong_sim.export.excel import to_excel
from haidong_sim.export.iamc import iamc_variables, to_iamc
from haidong_sim.export.labelled import to_xarray
from haidong_sim.export.parquet import to_parquet

__all__ = ["iamc_variables", "to_excel", "to_iamc", "to_parquet", "to_xarray"]
