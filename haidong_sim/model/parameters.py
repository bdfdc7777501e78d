"""What the equations need besides the year before and the year's drivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from haidong_sim.model.energy import EnergyParameters


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Fixed numbers and choices of one run.

    `price_base_interval` is the number of years between switches of the constant-price base, counted from
    the base year (five in national practice); None keeps the first base throughout. `energy` is None where
    the scenario has no energy table.
    """

    base_year: int
    price_base_interval: int | None
    baumol_coefficient: float
    income_elasticity: float
    income_basis: Literal["gdp", "gdp_per_capita"]
    energy: EnergyParameters | None

    def is_switch(self, year: int) -> bool:
        """Whether volumes of `year` are measured at prices of the year before, a new price base."""
        elapsed = year - 1 - self.base_year
        return (
            self.price_base_interval is not None and elapsed >= 0 and elapsed % self.price_base_interval == 0
        )
