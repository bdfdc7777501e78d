"""Results in the shapes that others read: IAMC frames, xarray, Excel, Parquet."""

from haidong_sim.export.excel import to_excel
from haidong_sim.export.frames import to_parquet, to_xarray
from haidong_sim.export.iamc import iamc_variables, to_iamc

__all__ = ["iamc_variables", "to_excel", "to_iamc", "to_parquet", "to_xarray"]
