"""Traffic lights: the published rules on hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.answers.monitoring.lights import (
    STATUSES,
    Course,
    china_midterm,
    natural_limit_factor,
    ndrc_2020,
    probability_light,
    statistics_canada_2021,
    united_nations_2023,
)
from haidong_sim.errors import MonitoringError


def course(base, current, target, *, current_year=2020, direction=1):
    return Course(
        base=base,
        base_year=2015,
        current=current,
        current_year=current_year,
        target=target,
        target_year=2030,
        direction=direction,
    )


class TestBarometer:
    def test_the_progress_convention_changes_the_colour(self):
        # A 13.5 percent reduction in five years, 7.4 percent after three.
        geometric = ndrc_2020(achieved=0.074, target=0.135, years_elapsed=3, years_total=5)
        linear = ndrc_2020(achieved=0.074, target=0.135, years_elapsed=3, years_total=5, progress="linear")
        assert geometric.required == pytest.approx(0.08334, abs=5e-6)
        assert geometric.measure == pytest.approx(0.112, abs=5e-4)
        assert (geometric.status, geometric.colour) == ("level_1", "red")
        assert linear.required == pytest.approx(0.081)
        assert linear.measure == pytest.approx(0.086, abs=5e-4)
        assert (linear.status, linear.colour) == ("level_2", "yellow")
        assert geometric.rule != linear.rule

    def test_boundaries_belong_to_the_better_side(self):
        def light(achieved):
            return ndrc_2020(
                achieved=achieved, target=0.10, years_elapsed=5, years_total=10, progress="linear"
            )

        assert light(0.05).status == "level_3"
        assert light(0.045 + 1e-12).status == "level_2"
        assert light(0.0449).status == "level_1"
        assert light(-0.02).status == "level_1"
        assert light(0.05).label_zh == "三级（绿色）"

    def test_at_the_end_both_conventions_ask_for_the_target(self):
        for progress in ("geometric", "linear"):
            light = ndrc_2020(achieved=0.1, target=0.135, years_elapsed=5, years_total=5, progress=progress)
            assert light.required == pytest.approx(0.135)

    @pytest.mark.parametrize(
        "bad", [{"target": 13.5}, {"target": 0.0}, {"years_elapsed": 0}, {"years_elapsed": 6}]
    )
    def test_unusable_numbers_are_refused(self, bad):
        with pytest.raises(MonitoringError, match="barometer"):
            ndrc_2020(**{"achieved": 0.05, "target": 0.135, "years_elapsed": 3, "years_total": 5} | bad)


class TestProbability:
    @pytest.mark.parametrize(
        ("p", "low", "high", "status", "decided"),
        [
            (0.80, 0.72, 0.86, "likely", True),
            (0.72, 0.66, 0.78, "likely", False),
            (0.70, 0.70, 0.74, "likely", True),
            (0.50, 0.45, 0.55, "uncertain", True),
            (0.50, 0.25, 0.75, "uncertain", False),
            (0.10, 0.05, 0.20, "unlikely", True),
            (0.28, 0.22, 0.35, "unlikely", False),
        ],
    )
    def test_colours_and_intervals(self, p, low, high, status, decided):
        light = probability_light(p, low=low, high=high)
        assert (light.status, light.is_decided) == (status, decided)

    def test_disorder_is_refused(self):
        with pytest.raises(MonitoringError, match="out of order"):
            probability_light(0.5, low=0.6, high=0.7)
        with pytest.raises(MonitoringError, match="boundaries"):
            probability_light(0.5, low=0.4, high=0.6, green_from=0.2)


class TestStatisticsCanada:
    def test_ratio_of_growth_rates(self):
        # The target needs 2 percent a year for 15 years; observed over five years.
        target = 1.02**15
        for rate, status in (
            (0.0195, "on_track"),
            (0.0185, "acceleration_needed"),
            (0.0119, "limited"),
            (-0.001, "deterioration"),
        ):
            light = statistics_canada_2021(course(1.0, (1 + rate) ** 5, target))
            assert light.measure == pytest.approx(rate / 0.02)
            assert light.status == status

    def test_a_falling_indicator(self):
        light = statistics_canada_2021(course(1.0, 0.98**5, 0.98**15, direction=-1))
        assert light.measure == pytest.approx(1.0)
        assert light.status == "on_track"
        worse = statistics_canada_2021(course(1.0, 1.02**5, 0.98**15, direction=-1))
        assert worse.status == "deterioration"

    def test_an_achieved_target_comes_first(self):
        assert statistics_canada_2021(course(1.0, 2.5, 2.0)).status == "achieved"
        # Base beyond the target, slipping, still beyond.
        assert statistics_canada_2021(course(3.0, 2.5, 2.0)).status == "achieved"

    def test_base_at_or_beyond_the_target_and_fallen_below(self):
        assert statistics_canada_2021(course(2.0, 1.9, 2.0)).status == "deterioration"
        assert statistics_canada_2021(course(2.5, 1.9, 2.0)).status == "deterioration"

    def test_without_a_target(self):
        for rate, status in (
            (0.016, "on_track"),
            (0.010, "acceleration_needed"),
            (0.004, "limited"),
            (-0.004, "deterioration"),
        ):
            assert statistics_canada_2021(course(10.0, 10 * (1 + rate) ** 5, None)).status == status

    def test_a_natural_limit_lowers_the_thresholds(self):
        assert natural_limit_factor(0.0, 100.0) == 1.0
        assert natural_limit_factor(100.0, 100.0) == 0.0
        assert natural_limit_factor(250.0, 100.0) == 1.0
        assert natural_limit_factor(90.0, 100.0) == pytest.approx(1 - 0.9**4.44)
        # equal relative distance from a minimum and from a maximum
        assert natural_limit_factor(110.0, 100.0) == pytest.approx(natural_limit_factor(90.0, 100.0))
        slow = course(95.0, 95.0 * 1.004**5, None)
        assert statistics_canada_2021(slow).status == "limited"
        assert statistics_canada_2021(slow, limit=100.0).status == "on_track"
        # on track from 95 can be held for fifteen years without passing 100
        assert 95 * (1 + 0.015 * natural_limit_factor(95.0, 100.0)) ** 15 < 100

    def test_zeros_are_replaced_and_mixed_signs_cannot_be_assessed(self):
        assert statistics_canada_2021(course(0.0, 1.0, 2.0)).status == "on_track"
        assert statistics_canada_2021(course(1.0, 0.5, 0.0, direction=-1)).status == "limited"
        for light in (
            statistics_canada_2021(course(-1.0, 1.0, 2.0)),
            statistics_canada_2021(course(1.0, 0.5, -2.0, direction=-1)),
        ):
            assert light.status == "not_assessable"
            assert light.colour == "grey"

    def test_negative_values_turn_the_sign(self):
        # From -10 to -8 is progress upwards.
        light = statistics_canada_2021(course(-10.0, -8.0, None))
        assert light.measure > 0
        assert light.status == "on_track"


class TestUnitedNations:
    def test_expected_part_of_the_way(self):
        # 2 percent a year from 1 reaches 1.02^15 in 2030.
        end = 1.02**15
        for part, status in (
            (0.96, "on_track"),
            (0.5, "acceleration_needed"),
            (0.09, "limited"),
        ):
            target = 1 + (end - 1) / part
            light = united_nations_2023(course(1.0, 1.02**5, target))
            assert light.measure == pytest.approx(part)
            assert light.status == status
        assert united_nations_2023(course(1.0, 0.95, 2.0)).status == "deterioration"
        assert united_nations_2023(course(1.0, 2.0, 2.0)).status == "achieved"

    def test_growth_rates_go_on_in_a_straight_line(self):
        # Growth from 2 to 3 percent in five years: 5 percent in 2030.
        light = united_nations_2023(course(0.02, 0.03, 0.05), is_growth_rate=True)
        assert light.measure == pytest.approx(1.0)
        assert light.status == "on_track"
        # A compound rate of a growth rate is undefined when the sign changes, the line is not.
        crossing = course(-0.01, 0.01, 0.05)
        assert united_nations_2023(crossing).status == "not_assessable"
        assert united_nations_2023(crossing, is_growth_rate=True).measure == pytest.approx(1.0)

    def test_without_a_target(self):
        for rate, status in ((0.021, "on_track"), (0.006, "acceleration_needed"), (0.004, "limited")):
            assert united_nations_2023(course(1.0, (1 + rate) ** 5, None)).status == status
        assert united_nations_2023(course(1.0, 1.1, None), is_growth_rate=True).status == "not_assessable"

    def test_base_already_at_the_target_and_fallen_below(self):
        light = united_nations_2023(course(2.0, 1.9, 2.0))
        assert light.status == "deterioration"
        assert light.measure == -np.inf


class TestChinaMidterm:
    def midterm(self, current, **more):
        line = Course(
            base=1.0, base_year=2020, current=current, current_year=2023, target=2.0, target_year=2025
        )
        return china_midterm(line, scale="log", **more)

    def test_four_classes(self):
        # Three fifths of the time: 2^.6 is on schedule.
        assert self.midterm(2.0).status == "achieved_early"
        assert self.midterm(2**0.67).status == "ahead"
        assert self.midterm(2**0.60).status == "in_line"
        assert self.midterm(2**0.541).status == "in_line"
        assert self.midterm(2**0.53).status == "behind"
        assert [STATUSES[s][2] for s in ("achieved_early", "ahead", "in_line", "behind")] == [
            "提前实现",
            "快于预期",
            "基本符合预期",
            "滞后",
        ]

    def test_measure_is_progress_over_schedule(self):
        light = self.midterm(2**0.3)
        assert light.measure == pytest.approx(0.5)
        assert light.required == pytest.approx(0.6)
        assert self.midterm(2**0.53, tolerance=0.2).status == "in_line"

    def test_the_scale_counts(self):
        share = Course(
            base=0.42, base_year=2020, current=0.45, current_year=2023, target=0.48, target_year=2025
        )
        logit = china_midterm(share, scale="logit").measure
        step = np.log(0.45 / 0.55) - np.log(0.42 / 0.58)
        whole = np.log(0.48 / 0.52) - np.log(0.42 / 0.58)
        assert logit == pytest.approx(step / whole / 0.6)
        assert china_midterm(share, scale="identity").measure == pytest.approx(0.5 / 0.6)

    def test_base_beyond_the_target_and_fallen_below(self):
        line = Course(base=2.1, base_year=2020, current=1.9, current_year=2023, target=2.0, target_year=2025)
        assert china_midterm(line, scale="log").status == "behind"

    def test_refusals(self):
        with pytest.raises(MonitoringError, match="there is none"):
            china_midterm(course(1.0, 1.1, None), scale="log")
        with pytest.raises(MonitoringError, match="has passed"):
            china_midterm(course(1.0, 1.1, 2.0, current_year=2031), scale="log")
        with pytest.raises(MonitoringError, match="no place on the logit scale"):
            china_midterm(course(0.5, 1.1, 2.0), scale="logit")


def test_a_course_runs_forward():
    with pytest.raises(MonitoringError, match="later than the base value"):
        course(1.0, 1.0, 2.0, current_year=2015)
    with pytest.raises(MonitoringError, match="target year must be later"):
        Course(base=1.0, base_year=2015, current=1.0, current_year=2020, target=2.0, target_year=2015)


def test_every_status_has_a_colour_and_two_labels():
    for colour, english, chinese in STATUSES.values():
        assert colour in {"green", "yellow", "red", "grey"}
        assert english
        assert chinese
