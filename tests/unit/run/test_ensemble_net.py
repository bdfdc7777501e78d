"""The quasi-random net and its tables, against SciPy's Sobol points and the normal distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import chi2, kstest, norm, qmc

from haidong_sim.engine.net import (
    N_CELLS,
    cells_to_normal,
    cells_to_tail_scale,
    directions,
    net,
    shifted_nets,
)
from haidong_sim.run.samplers import Design, Dimension, draw_source
from haidong_sim.run.shocks import Source


@pytest.mark.parametrize("power", [0, 3, 10])
def test_points_are_those_of_scipy(power):
    """Joe and Kuo's numbers in 16 bits: the same set of points as SciPy's unscrambled sequence."""
    dimensions = 1 + np.arange(200)
    ours = net(tuple(range(200)), 1 << power)
    theirs = qmc.Sobol(200, scramble=False, bits=16).random_base2(power) if power else np.zeros((1, 200))
    expected = np.rint(theirs * N_CELLS).astype(np.uint16)
    assert len(dimensions) == ours.shape[0]
    order_ours = np.lexsort(ours)
    order_theirs = np.lexsort(expected.T)
    np.testing.assert_array_equal(ours[:, order_ours], expected.T[:, order_theirs])


def test_last_stored_dimension_is_that_of_scipy():
    last = len(directions()) - 1
    theirs = np.sort(qmc.Sobol(last + 1, scramble=False, bits=16).random_base2(6)[:, -1])
    np.testing.assert_array_equal(np.sort(net((last,), 64)[0]) / N_CELLS, theirs)


def test_nets_of_one_point_are_independent_in_any_number_of_dimensions():
    beyond = len(directions())
    cells = shifted_nets((0, 1, beyond, beyond + 1), 1, 20_000, np.random.default_rng(3)) / N_CELLS
    for row in cells:
        assert kstest(row, "uniform").pvalue > 1e-3
        # The variance of a mean of even points would be next to nothing: 40 means of 500, sd √(1/12/500).
        means = row.reshape(40, 500).mean(axis=1)
        assert means.std() == pytest.approx(math.sqrt(1 / 12 / 500), rel=0.4)
    # Four standard errors of a correlation of 20 000.
    assert np.abs(np.corrcoef(cells) - np.eye(4)).max() < 4 / math.sqrt(20_000)


def test_every_dimension_fills_every_interval_once():
    """A projection of 2^m points has one point in each of 2^m intervals, shifted or not."""
    cells = shifted_nets((0, 5, 300, 1100), 1024, 3, np.random.default_rng(3))
    for row in cells.reshape(4, 3, 1024).reshape(12, 1024):
        np.testing.assert_array_equal(np.sort(row // 64), np.arange(1024))


def test_shift_makes_every_point_uniform():
    """A fixed point of the net under 20 000 shifts: uniform over cells, and independent between nets."""
    cells = shifted_nets((3,), 1, 20_000, np.random.default_rng(5))[0]
    assert kstest((cells + 0.5) / N_CELLS, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(cells[:-1], cells[1:])[0, 1]) < 4 / math.sqrt(20_000)


def all_cells(repeats, seed):
    cells = np.tile(np.arange(N_CELLS, dtype=np.uint16), (repeats, 1))
    out = np.empty(cells.shape)
    cells_to_normal(cells, np.random.default_rng(seed), out)
    return out


def test_cells_have_the_moments_of_the_normal():
    values = all_cells(1, 0)[0]
    inner = values[1:-1]
    edges = ndtri(np.arange(1, N_CELLS) / N_CELLS)
    assert (inner > edges[:-1]).all()
    assert (inner < edges[1:]).all()
    limit = edges[-1]
    # A cell stands for its conditional mean: the means are exact, the variance misses what is inside cells.
    expected = -np.diff(norm.pdf(edges)) * N_CELLS
    np.testing.assert_allclose(inner, expected, rtol=0, atol=2e-9)
    assert inner.sum() == pytest.approx(0.0, abs=1e-6)
    many = all_cells(40, 1)
    assert many.mean() == pytest.approx(0.0, abs=4 * 0.6 / N_CELLS / math.sqrt(80))
    # Variance is lost inside the cells: their mean squares, and the tail cells' own.
    tails = 2 * (limit * norm.pdf(limit) + norm.sf(limit))
    expected_square = (inner**2).sum() / N_CELLS + tails
    assert 1.0 - 2e-5 < expected_square < 1.0
    assert (many**2).mean() == pytest.approx(expected_square, abs=4 * 3.0 / N_CELLS / math.sqrt(80))


def test_tails_beyond_the_cells_are_normal():
    """The outermost cells, beyond 4.17 sd, are drawn from the tail itself: right frequency, no end."""
    values = all_cells(4000, 7)[:, [0, -1]]
    limit = -ndtri(1 / N_CELLS)
    assert limit == pytest.approx(4.17, abs=0.005)
    assert (values[:, 0] < -limit).all()
    assert (values[:, 1] > limit).all()
    beyond = (np.abs(values) > 4.5).mean()
    share = norm.sf(4.5) * N_CELLS
    assert beyond == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / values.size))
    assert np.abs(values).max() > 5.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_source_is_standard_normal(dtype):
    out = np.empty((16, 8192), dtype=dtype)
    source = Source(name="anything", rows=16)
    for sampler in ("mc", "antithetic", "lhs", "sobol"):
        draw_source(source, Dimension(4, 30), Design(sampler, 1024, 99, 0), out)
        for row in out:
            assert kstest(row.astype(float), "norm").pvalue > 1e-4
        correlations = np.corrcoef(out.astype(float)) - np.eye(16)
        assert np.abs(correlations).max() < 5 / math.sqrt(8192)
    assert out.dtype == dtype


@pytest.mark.parametrize("probability", [0.0, 1e-5, 0.06, 0.5, 1.0])
def test_event_probability_is_exact(probability):
    """Not a multiple of 1/65536: the boundary cell counts in part."""
    struck = 0
    blocks = 60
    out = np.empty((15, 8192), dtype=np.float32)
    source = Source(name="event:x", rows=15, kind="event", probability=probability)
    for block in range(blocks):
        draw_source(source, Dimension(28, 34), Design("sobol", 1024, 5, block), out)
        assert set(np.unique(out)) <= {0.0, 1.0}
        struck += int(out.sum())
    total = blocks * out.size
    error = 4 * math.sqrt(max(probability * (1 - probability), 0.0) / total)
    assert struck / total == pytest.approx(probability, abs=error)


def test_a_source_depends_on_its_name_entropy_and_block_alone():
    def drawn(name, entropy, block, rows=3):
        out = np.empty((rows, 8192))
        draw_source(
            Source(name=name, rows=rows), Dimension(2, 30), Design("sobol", 1024, entropy, block), out
        )
        return out

    first = drawn("tertiary", 1, 0)
    np.testing.assert_array_equal(first, drawn("tertiary", 1, 0))
    for other in (drawn("secondary", 1, 0), drawn("tertiary", 2, 0), drawn("tertiary", 1, 1)):
        assert not np.array_equal(first, other)
        # Nets share their points up to a shift, so that single blocks correlate by chance, not by design.
        assert abs(np.corrcoef(first[0], other[0])[0, 1]) < 0.5


def test_the_cell_of_the_largest_tail_scales_has_their_own_distribution():
    """A scale is √((ν − 2)/χ²); those of the first cell belong to the smallest of 65 536 even parts of χ²."""
    freedom, draws = 5.0, 40_000
    scales = np.empty(draws)
    cells_to_tail_scale(np.zeros(draws, dtype=np.uint16), freedom, np.random.default_rng(3), scales)
    for part in (0.25, 0.5, 0.75):
        bound = np.sqrt((freedom - 2.0) / chi2.ppf(part / 65536.0, freedom))
        larger = np.mean(scales > bound)
        assert abs(larger - part) <= 4.0 * np.sqrt(part * (1.0 - part) / draws)
    assert scales.min() >= np.sqrt((freedom - 2.0) / chi2.ppf(1.0 / 65536.0, freedom)) * (1.0 - 1e-9)
