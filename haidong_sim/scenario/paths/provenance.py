"""Where the number of a path comes from: the fields that every path carries."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from haidong_sim.scenario.paths.quantities import Number, refusal

Provenance = Literal["document", "official", "derived", "calibrated", "assumption"]
"""Printed in a source document, other published statistics, arithmetic, estimated, or judged."""


class Sourced(BaseModel):
    """Provenance of a path's numbers; `low` and `high` are the range of its leading parameter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provenance: Provenance | None = None
    source: str | None = None
    low: Number | None = None
    high: Number | None = None
    note: str | None = None
    price_basis: Literal["constant", "current"] | None = None

    @model_validator(mode="after")
    def _ordered_range(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise refusal("low and high belong together; give both or neither")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise refusal(f"low = {self.low:g} is above high = {self.high:g}")
        return self
