"""How a run is read: the answer in sentences and one self-contained page in English and Chinese."""

from haidong_sim.report.page import ReportContent, ReportFigure, render_report, write_report
from haidong_sim.report.sentences import (
    ASSESSED,
    STATUS_ORDER,
    STATUS_SYMBOLS,
    assumption_sentence,
    count_sentence,
    headline_rows,
    target_name,
    verdict_sentence,
)

__all__ = [
    "ASSESSED",
    "STATUS_ORDER",
    "STATUS_SYMBOLS",
    "ReportContent",
    "ReportFigure",
    "assumption_sentence",
    "count_sentence",
    "headline_rows",
    "render_report",
    "target_name",
    "verdict_sentence",
    "write_report",
]
