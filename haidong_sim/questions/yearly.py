"""What the kinds of question share that ask something of every single year."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace

from haidong_sim.questions.question import Get, Question, Value


@dataclass(frozen=True, kw_only=True)
class YearByYear(Question):
    """A question of each year after the first: as good as its worst year."""

    @abstractmethod
    def yearly(self, get: Get, year: int) -> Value:
        """Return what is measured of one year."""

    def value(self, get: Get) -> Value:
        """Return the measure of the year with the smallest margin."""
        worst: Value = None
        for year in range(self.first_year + 1, self.last_year + 1):
            measure = self.yearly(get, year)
            if worst is None:
                worst = measure
                continue
            is_worse = self.margin_of(measure, self.threshold) < self.margin_of(worst, self.threshold)
            # A choice written as arithmetic, so that floats and arrays take the same line.
            worst = worst + (measure - worst) * is_worse
        return worst

    def smooth_parts(self) -> tuple[Question, ...]:
        """Return one question for each year, and for each side."""
        if self.last_year - self.first_year == 1:
            return super().smooth_parts()
        each = (
            replace(self, first_year=year - 1, last_year=year, reading=f"{self.reading} {year}")
            for year in range(self.first_year + 1, self.last_year + 1)
        )
        return tuple(part for question in each for part in question.smooth_parts())
