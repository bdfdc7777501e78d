"""One level as a part or a multiple of another in the same year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from haidong_sim.errors import ScenarioError
from haidong_sim.indicators import catalogue
from haidong_sim.questions.question import Get, Question, Value
from haidong_sim.units import is_convertible

if TYPE_CHECKING:
    from haidong_sim.indicators import Scale
    from haidong_sim.place import Target


@dataclass(frozen=True, kw_only=True)
class RatioToAnother(Question):
    """x(T) / y(T) against a number, for two levels of one unit."""

    kind = "ratio_to_another"
    form = r"(?P<indicator>\w+)/(?P<reference>\w+)@(?P<last>\d+)"
    example = "gdp_current/province_gdp_current@2030>=20%"
    unit = "fraction"
    is_level = True
    is_size = True
    is_scaled = True

    def __post_init__(self) -> None:
        units = [catalogue()[name].unit for name in self.indicators if name in catalogue()]
        if len(units) == 2 and not is_convertible(*units):
            raise ScenarioError(
                f"target '{self.target_id}': '{self.indicator}' ({units[0]}) and '{self.reference}' "
                f"({units[1]}) are no two levels of one unit"
            )
        super().__post_init__()

    @classmethod
    def reads(cls, target: Target) -> bool:
        """Rows that print a share of another level while the indicator is a level and no share itself."""
        own = catalogue().get(target.model_indicator)
        return (
            target.functional == "level"
            and target.statistic in {"share", "ratio"}
            and target.value is not None
            and target.reference_indicator in catalogue()
            and own is not None
            and not is_convertible(own.unit, target.unit)
        )

    @property
    def requires(self) -> frozenset[tuple[str, int]]:
        """Both levels in the last year."""
        return frozenset((name, self.last_year) for name in self.indicators)

    @property
    def scale(self) -> Scale:
        """A ratio of levels is straight in logs."""
        return "log"

    def value(self, get: Get) -> Value:
        """Return the ratio in the last year."""
        assert self.reference is not None
        return get(self.indicator, self.last_year) / get(self.reference, self.last_year)
