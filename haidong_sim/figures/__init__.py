"""How a result is seen: charts on axes of one's own or given ones. The only layer that imports matplotlib."""

from haidong_sim.figures.accessor import PlotAccessor, Plottable
from haidong_sim.figures.board import plot_board, plot_status_counts, plot_targets
from haidong_sim.figures.canvas import (
    MissingFontWarning,
    figure_files,
    figure_svg,
    usable_language,
    write_figure,
)
from haidong_sim.figures.contributions import plot_contributions, plot_decomposition, plot_waterfall
from haidong_sim.figures.energy_study import plot_energy_study
from haidong_sim.figures.fan import plot_fan, plot_fans, plot_paths, published_points
from haidong_sim.figures.illustrations import Illustration, draw_illustrations
from haidong_sim.figures.lights import plot_lights
from haidong_sim.figures.sensitivity import (
    plot_effects,
    plot_heatmap,
    plot_sensitivity,
    plot_spider,
    plot_tornado,
)
from haidong_sim.figures.shares import plot_shares
from haidong_sim.figures.tradeoff import plot_frontier, plot_three_way, plot_tradeoff

__all__ = [
    "Illustration",
    "MissingFontWarning",
    "PlotAccessor",
    "Plottable",
    "draw_illustrations",
    "figure_files",
    "figure_svg",
    "plot_board",
    "plot_contributions",
    "plot_decomposition",
    "plot_effects",
    "plot_energy_study",
    "plot_fan",
    "plot_fans",
    "plot_frontier",
    "plot_heatmap",
    "plot_lights",
    "plot_paths",
    "plot_sensitivity",
    "plot_shares",
    "plot_spider",
    "plot_status_counts",
    "plot_targets",
    "plot_three_way",
    "plot_tornado",
    "plot_tradeoff",
    "plot_waterfall",
    "published_points",
    "usable_language",
    "write_figure",
]
