from __future__ import annotations

import re
import stat
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from haidong_sim.errors import OutputError, RegistryError
from haidong_sim.report import (
    ReportContent,
    ReportFigure,
    assumption_sentence,
    count_sentence,
    headline_rows,
    render_report,
    verdict_sentence,
    write_report,
)
from haidong_sim.report.page import inline_svg, target_rows

_HOSTILE = "<script>alert('x')</script>\"&"
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40pt" '
    'height="10pt" viewBox="0 0 40 10"><metadata>when</metadata><defs><clipPath id="p1"><rect/></clipPath>'
    '<path id="m1"/></defs><g id="unused" onclick="run()" clip-path="url(#p1)">'
    '<use xlink:href="#m1" x="1.23456"/><script>run()</script>'
    '<image href="https://example.org/x.png"/><text>30% &lt; x</text></g></svg>'
)
_VOID = {"meta", "input", "br", "img", "link", "hr"}


def _target(target_id, status="pace", **fields):
    row = {
        "target_id": target_id, "indicator": "x", "status": status, "value": np.nan, "threshold": np.nan,
        "margin": np.nan, "unit": "fraction", "needed_rate": np.nan, "break_even_year": np.nan,
        "probability": np.nan, "ci_low": np.nan, "ci_high": np.nan, "n": 0, "method": "", "reason": "",
        "name_en": f"Target {target_id}", "name_zh": f"目标 {target_id}", "theme": "economy",
        "binding": "expected", "deadline": 2025, "source": "plan_14fyp", "locator": "ch1",
        "comparator": "ge",
    }  # fmt: skip
    return row | fields


_SHARE = _target(
    "share20", "missed", value=0.181, threshold=0.2, margin=-0.019, needed_rate=0.0158,
    break_even_year=2033.4, probability=0.314, ci_low=0.298, ci_high=0.322, n=1000, deadline=2030,
    method="wilson",
)  # fmt: skip
_DOUBLE = _target(
    "double", "met", value=2.06, threshold=2.0, margin=0.06, unit="dimensionless", probability=0.0,
    ci_low=0.0, ci_high=0.0038, n=1000, deadline=2035, method="wilson",
)  # fmt: skip


@pytest.fixture
def check():
    others = [_target(f"other_{number}") for number in range(40)]
    gap = _target("gap", "not_assessable", reason="no base is published")
    return pd.DataFrame([*others, _DOUBLE, gap, _SHARE])


def _conflicts(subject, first, second):
    row = {
        "id": "C1", "subject": subject, "reading_a": first, "reading_b": second, "more_readings": "",
        "default": "b", "reason": "closes to 100",
    }  # fmt: skip
    return pd.DataFrame([row])


@pytest.fixture
def content(check):
    frame = pd.DataFrame(
        [
            ("plan", "gdp_share_of_province", "fraction", "current", "city", year, statistic, value)
            for year in range(2020, 2036)
            for statistic, value in (("median", 0.171), ("q05", 0.161), ("q95", 0.1812))
        ],
        columns=["scenario", "indicator", "unit", "price_basis", "region", "year", "statistic", "value"],
    )
    assumptions = pd.DataFrame(
        [
            ("second", 0.02, np.nan, np.nan, "fraction", "document", "plan", 2),
            ("first", 0.065, 0.045, 0.085, "fraction per year", "assumption", "judgement", 1),
        ],
        columns=["name", "value", "low", "high", "unit", "provenance", "source", "rank"],
    )
    census = check.assign(value=check["value"].where(check["target_id"] != "share20", 0.222))
    return ReportContent(
        scenario="plan",
        label={"en": "The plan", "zh": "规划"},
        story={"en": "As printed.", "zh": "按所列。"},
        place={"en": "Haidong", "zh": "海东市"},
        frame=frame,
        check=check,
        draws=1000,
        entropy="2020",
        version="0.1.0",
        figures=[
            ReportFigure(name="share", lang=lang, title="Share", caption="Unit: percent", svg=_SVG)
            for lang in ("en", "zh")
        ],
        assumptions=assumptions,
        conflicts=_conflicts("Services share", "47", "40"),
        vintages={"plan": check, "census": census},
        manifest={"draws": 1000, "files": {"targets.csv": "sha256:ab"}},
    )


class _Balance(HTMLParser):
    """Fails on a tag that is closed out of turn, and gathers identifiers and text."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.text, self.attributes = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, *pair) for pair in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def _parse(page):
    parser = _Balance()
    parser.feed(page)
    parser.close()
    assert not parser.open
    return parser


def test_page_is_well_formed_with_unique_identifiers(content):
    parsed = _parse(render_report(content))
    assert len(parsed.ids) == len(set(parsed.ids))


def test_page_asks_nothing_of_the_network(content):
    page = render_report(content)
    without_namespaces = re.sub(r'xmlns(:\w+)?="[^"]*"', "", page)
    assert not re.search(r"https?:|url\((?!#)|@import|//[a-z]+\.", without_namespaces)
    loading = [item for item in _parse(page).attributes if item[1] in {"src", "href", "action", "srcset"}]
    assert all(value.startswith("#") for _, _, value in loading)
    assert "default-src 'none'" in page


def test_every_target_is_on_the_page(content, check):
    page = render_report(content)
    for target in check["target_id"]:
        assert f'id="target-{target}"' in page
    assert page.count("<tr data-status=") == len(check)
    assert page.index('id="target-share20"') < page.index('id="target-double"') < page.index("target-other_0")


def test_both_languages_stand_on_the_page(content):
    page = render_report(content)
    for text in ("The plan", "规划", "Target share20", "目标 share20", "未达到", "missed", "方法说明"):
        assert text in page
    assert re.search(r'id="language-en" checked', page)
    assert re.search(r'id="language-zh" checked', render_report(content, lang="zh"))


def test_numbers_are_written_for_readers(content):
    text = " ".join(" ".join(_parse(render_report(content)).text).split())
    assert "31.4%" in text
    assert "[29.8–32.2%]" in text
    assert "<1/1,000" in text
    assert "−1.9 pp" in text
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)
    assert "16.1% – 18.1%" in text


def test_needed_change_is_shown_only_in_its_own_unit():
    level = _SHARE | {"indicator": "gdp_share_of_province", "needed_change": 0.0029}
    reduction = _SHARE | {"indicator": "co2_intensity", "needed_change": -0.0569}
    pace = _target("beds", unit="count/(1e3 person)", needed_change=0.192)
    needed = [row["needed"] for row in target_rows(pd.DataFrame([level, reduction, pace]))]
    assert [[words["en"] for words in row] for row in needed] == [
        ["1.58% a year", "+0.29 pp a year"],
        ["1.58% a year"],
        ["+0.19 a year"],
    ]


def test_two_readings_of_a_target_stand_side_by_side(content, check):
    check["reading"], check["other_reading"], check["other_status"] = "GDP", None, None
    check["other_value"], check["other_probability"] = np.nan, np.nan
    share = check["target_id"] == "share20"
    check.loc[share, ["other_reading", "other_status"]] = ["GDP per head", "on_the_edge"]
    check.loc[share, ["other_value", "other_probability"]] = [0.195, 0.0]
    page = render_report(ReportContent(**{**content.__dict__, "vintages": {}}))
    section = page[page.index('id="readings"') : page.index('id="conflicts"')]
    for words in ("GDP per head", "人均地区生产总值", "18.1%", "19.5%", "on the edge", "&lt;1/1,000"):
        assert words in section


def test_vintages_that_differ_stand_side_by_side(content):
    page = render_report(content)
    section = page[page.index('id="readings"') : page.index('id="conflicts"')]
    assert "18.1%" in section
    assert "22.2%" in section
    assert "Target double" not in section


def test_assumptions_stand_by_rank_with_range_and_provenance(content):
    page = render_report(content)
    section = page[page.index('id="assumptions"') : page.index('id="method"')]
    assert section.index("first") < section.index("second")
    assert "4.5% – 8.5%" in section
    assert "judgement" in section


def test_conflicts_keep_both_readings_and_mark_the_default(content):
    page = render_report(content)
    section = page[page.index('id="conflicts"') : page.index('id="assumptions"')]
    assert re.search(r"<li>47</li>\s*<li class=\"default\">40 ", section)
    assert "closes to 100" in section


def test_hostile_names_are_text(content, check):
    check.loc[0, ["name_en", "name_zh", "reason", "theme", "target_id"]] = _HOSTILE
    hostile = ReportContent(
        **{
            **content.__dict__,
            "label": {"en": _HOSTILE, "zh": _HOSTILE},
            "manifest": {_HOSTILE: _HOSTILE},
            "conflicts": _conflicts(_HOSTILE, _HOSTILE, _HOSTILE),
            "headline": [_HOSTILE],
            "vintages": {_HOSTILE: check, "other": check.assign(value=1.0)},
        }
    )
    page = render_report(hostile)
    assert page.count("<script>") == 1
    assert "alert('x')" not in page
    _parse(page)


def test_one_path_speaks_of_no_probability(content, check):
    check[["probability", "ci_low", "ci_high"]] = np.nan
    page = render_report(ReportContent(**{**content.__dict__, "draws": 1, "vintages": {}, "figures": ()}))
    assert "This run has one path and no probabilities." in page
    assert 'id="readings"' not in page
    assert 'id="figures"' not in page


def test_same_content_gives_the_same_bytes(content, tmp_path):
    first = write_report(content, tmp_path / "a.html").read_bytes()
    assert write_report(content, tmp_path / "b.html").read_bytes() == first


def test_report_is_not_overwritten_unasked(content, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="exists"):
        write_report(content, path)
    assert path.read_text(encoding="utf-8") == "mine"
    write_report(content, path, force=True)
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [item.name for item in tmp_path.iterdir()] == ["report.html"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_missing_folder_is_named(content, tmp_path):
    with pytest.raises(OutputError, match="cannot be written: No such file"):
        write_report(content, tmp_path / "nowhere" / "report.html")


def test_svg_is_made_harmless():
    markup = inline_svg(_SVG, prefix="fig", title="A & B")
    assert "script" not in markup
    assert "onclick" not in markup
    assert "example.org" not in markup
    assert "metadata" not in markup
    assert 'id="fig-p1"' in markup
    assert 'clip-path="url(#fig-p1)"' in markup
    assert 'href="#fig-m1"' in markup
    assert "unused" not in markup
    assert 'x="1.23"' in markup
    assert '<title id="fig-title">A &amp; B</title>' in markup
    assert "30% &lt; x" in markup


@pytest.mark.parametrize(("text", "message"), [("<svg", "not well-formed"), ("<html/>", "is not SVG")])
def test_what_is_no_svg_is_refused(text, message):
    with pytest.raises(OutputError, match=message):
        inline_svg(text, prefix="fig", title="x")


def test_verdict_is_a_sentence_in_both_languages():
    assert verdict_sentence(_SHARE, "en") == (
        "≥ 20% by 2030: missed on the path without shocks, 18.1% (−1.9 pp). Probability 31.4% [29.8–32.2%]. "
        "It needs 1.58% a year; at its pace it is reached in 2034."
    )
    assert verdict_sentence(_SHARE, "zh") == (
        "2030 年 ≥ 20%：无冲击路径未达到，为 18.1%（−1.9 个百分点）。达成概率 31.4% [29.8–32.2%]。"
        "所需速度每年 1.58%，按此路径 2034 年达到。"
    )


def test_verdict_without_a_number_gives_the_reason():
    row = _target("gap", "not_assessable", reason="no base is published")
    assert verdict_sentence(row, "en") == "By 2025: not assessable (no base is published)."
    assert verdict_sentence(row, "zh") == "2025 年：无法评估（no base is published）。"


def test_range_of_a_target_is_written_with_both_ends():
    row = _target(
        "core", "met", value=42.0, threshold=30.0, threshold_high=50.0, margin=8.0, unit="1e4 person",
        comparator="between", deadline=2035,
    )  # fmt: skip
    assert verdict_sentence(row, "en").startswith("30 – 50 × 10,000 persons by 2035: met")


def test_headline_is_what_was_asked_or_all_that_is_assessed(check):
    assert [row["target_id"] for row in headline_rows(check, [])] == ["share20", "double"]
    assert [row["target_id"] for row in headline_rows(check, ["gap"])] == ["gap"]
    with pytest.raises(RegistryError, match="Did you mean 'share20'"):
        headline_rows(check, ["share2O"])


def test_counts_and_assumptions_in_a_sentence(check, content):
    text = count_sentence(check, "en")
    assert text.startswith(
        "Of 43 targets the path without shocks meets 1, leaves 0 on the edge and misses 1; for 40"
    )
    assert "无法评估" in count_sentence(check, "zh")
    assert "most: first, second." in assumption_sentence(content.assumptions, "en")
    assert not assumption_sentence(None, "en")
