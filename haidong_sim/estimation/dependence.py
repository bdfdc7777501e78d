"""Dependence between drivers: common factors, correlated residuals."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from haidong_sim.axes import SECTORS
from haidong_sim.errors import EstimationError
from haidong_sim.estimation.data import rows_of
from haidong_sim.estimation.estimate import (
    WIDE_LEVELS,
    Distribution,
    Estimate,
    data_hash,
    describe_years,
    inverse_chi,
    quantiles,
    require_changes,
    require_varying,
    require_years,
    rounded,
    student_t,
)
from haidong_sim.estimation.forecast import invert
from haidong_sim.estimation.price_drivers import correlation_of_prices
from haidong_sim.estimation.tails import (
    degrees_of_freedom_from_kurtosis,
    degrees_of_freedom_from_robust_sd,
    estimate_degrees_of_freedom,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.growth_drivers import GrowthEstimates
    from haidong_sim.estimation.inputs import Inputs
    from haidong_sim.estimation.price_drivers import PriceEstimates

_REPLICATES: Final = 399
_SEED: Final = 1962
_SMALLEST_ERROR: Final = 1e-12
_LARGEST_CONDITION: Final = 1e10
_LABEL: Final = "joint sector regression"


@dataclass(frozen=True, kw_only=True)
class JointRegression:
    """Intercept and slope of every equation, estimated together.

    `residual_covariance` has shape (equation, equation), in squared log growth.
    """

    intercept: tuple[Estimate, ...]
    slope: tuple[Estimate, ...]
    residual_covariance: NDArray[np.float64]


def zellner_1962(
    response: ArrayLike, driver: ArrayLike, *, names: Sequence[str], years: Sequence[int], source: str = "",
    rows: Collection[str] = (),
) -> JointRegression:  # fmt: skip
    """Estimate g_i = α_i + β_i·x_i + e_i with errors correlated across equations (METHOD 6.4).

    Parameters
    ----------
    response
        Log growth, shape (year, equation).
    driver
        Regressor of each equation, same shape.
    names
        One for each equation, in the names of its estimates.
    years
        Calendar years, shape (year,).
    rows
        The published rows behind growth and driver, for the hash.

    Raises
    ------
    EstimationError
        Too few years, unlike shapes, levels, a constant regressor, or equations whose errors move together
        so closely that their covariance has no inverse.

    Notes
    -----
    Two steps: least squares, then generalized least squares with the covariance of its residuals. Sources:
    A. Zellner (1962), An efficient method of estimating seemingly unrelated regressions and tests for
    aggregation bias, JASA 57; for the bootstrap P. Rilstone and M. Veall (1996), Using bootstrapped
    confidence intervals for improved inferences with seemingly unrelated regression equations, Econometric
    Theory 12.
    """
    y, x = require_years(response, 5, _LABEL), require_years(driver, 5, _LABEL)
    if y.shape != x.shape or y.shape != (len(years), len(names)):
        raise EstimationError(
            f"{_LABEL}: growth {y.shape}, driver {x.shape}, {len(years)} years and {len(names)} names differ "
            f"in shape"
        )
    for table in (y, x):
        require_changes(table, _LABEL)
    for column in x.T:
        require_varying(column, _LABEL)
    _require_joint_errors(_residual_covariance(y[None], x)[0], names)
    n, dof = y.shape[0], y.shape[0] - 2
    coefficients, errors, covariance = _two_steps(y[None], x)
    inflation = _inflation(coefficients[0], covariance[0], x, dof)
    scale = errors[0] * inflation

    def estimate(what: str, equation: int, column: int) -> Estimate:
        value = float(coefficients[0, equation, column])
        distribution = student_t(value, float(scale[equation, column]), dof)
        return Estimate(
            name=f"{names[equation]}.{what}", value=value,
            standard_error=distribution.standard_deviation(),
            unit="log growth per year" if what == "intercept" else "dimensionless",
            distribution=distribution, years=tuple(int(year) for year in years), n=n,
            method="seemingly unrelated regressions in two steps, width by parametric bootstrap",
            source=source, data_hash=data_hash(rows),
            diagnostics=MappingProxyType(
                {
                    "residual_sd": float(np.sqrt(covariance[0, equation, equation])),
                    "bootstrap_inflation": float(inflation[equation, column]),
                }
            ),
        )  # fmt: skip

    return JointRegression(
        intercept=tuple(estimate("intercept", i, 0) for i in range(len(names))),
        slope=tuple(estimate("slope", i, 1) for i in range(len(names))),
        residual_covariance=covariance[0],
    )


def _two_steps(
    y: NDArray[np.float64], x: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return coefficients and their textbook errors (sample, equation, 2) and the errors' covariance.

    `y` has shape (sample, year, equation); all samples share the regressors `x` (year, equation).
    """
    equations = x.shape[1]
    design = np.stack([np.ones_like(x), x], axis=2)
    moment = np.einsum("tia,btj->biaj", design, y)
    gram = np.einsum("tia,tjc->iajc", design, design)
    covariance = _residual_covariance(y, x)
    weight = np.linalg.inv(covariance)
    normal = np.einsum("bij,iajc->biajc", weight, gram).reshape(len(y), 2 * equations, 2 * equations)
    variance = np.linalg.inv(normal)
    pull = np.einsum("bij,biaj->bia", weight, moment).reshape(len(y), 2 * equations, 1)
    coefficients = (variance @ pull).reshape(len(y), equations, 2)
    errors = np.sqrt(np.einsum("bkk->bk", variance)).reshape(len(y), equations, 2)
    return coefficients, errors, covariance


def _residual_covariance(y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance (sample, equation, equation) of what least squares leaves of each equation."""
    driver = x - x.mean(axis=0)
    growth = y - y.mean(axis=1, keepdims=True)
    slope = (driver * growth).sum(axis=1, keepdims=True) / (driver**2).sum(axis=0)
    residual = growth - slope * driver
    return np.asarray(np.swapaxes(residual, 1, 2) @ residual / (x.shape[0] - 2), dtype=np.float64)


def _require_joint_errors(covariance: NDArray[np.float64], names: Sequence[str]) -> None:
    sd = np.sqrt(np.diag(covariance))
    if (sd <= _SMALLEST_ERROR).any():
        exact = ", ".join(name for name, own in zip(names, sd, strict=True) if own <= _SMALLEST_ERROR)
        raise EstimationError(f"{_LABEL}: {exact} follows its driver exactly; no error is left to estimate")
    if np.linalg.cond(covariance / np.outer(sd, sd)) > _LARGEST_CONDITION:
        raise EstimationError(
            f"{_LABEL}: the errors of {', '.join(names)} move in lockstep; leave one of the equations out"
        )


def _inflation(
    coefficients: NDArray[np.float64], covariance: NDArray[np.float64], x: NDArray[np.float64], dof: int
) -> NDArray[np.float64]:
    """Return by how much the t-ratios of simulated samples reach beyond Student's t, (equation, 2)."""
    noise = np.random.default_rng(_SEED).standard_normal((_REPLICATES, *x.shape))
    fitted = coefficients[:, 0] + coefficients[:, 1] * x
    again, errors, _ = _two_steps(fitted + noise @ np.linalg.cholesky(covariance).T, x)
    ratio = np.abs(again - coefficients) / errors
    # The i-th of R ordered ratios is exceeded with probability 1 − i/(R + 1), on average over samples.
    reach = np.quantile(ratio, 0.95, axis=0, method="weibull")
    return np.asarray(reach / stdtrit(dof, 0.975), dtype=np.float64)


_SWEEPS: Final = 20000
_TOLERANCE: Final = 1e-11
_SMALLEST_OWN_PART: Final = 1e-3

_CHI_NODES: Final = 12
_FACTOR_LABEL: Final = "one-factor covariance"


@dataclass(frozen=True, kw_only=True)
class OneFactor:
    """`loading` λ and `own_sd` d, each of shape (series,), in log growth per year."""

    loading: NDArray[np.float64]
    own_sd: NDArray[np.float64]

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Σ = λλ' + diag(d²), shape (series, series)."""
        return np.asarray(np.outer(self.loading, self.loading) + np.diag(self.own_sd**2), dtype=np.float64)

    @property
    def annual_sd(self) -> NDArray[np.float64]:
        """Standard deviation of each series' innovation, shape (series,)."""
        return np.asarray(np.sqrt(self.loading**2 + self.own_sd**2), dtype=np.float64)

    @property
    def correlation_with_factor(self) -> NDArray[np.float64]:
        """Correlation of each series' innovation with the common shock, shape (series,)."""
        return np.asarray(self.loading / self.annual_sd, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class FactorEstimate:
    """The structure, the sd of each series' innovation, and the correlation of each pair (i, j), i < j."""

    structure: OneFactor
    annual_sd: tuple[Estimate, ...]
    correlation: tuple[Estimate, ...]


def estimate_one_factor(
    residuals: ArrayLike, prior: OneFactor, *, names: Sequence[str], years: Sequence[int],
    prior_years: float | None = None, source: str = "", rows: Collection[str] = (),
) -> FactorEstimate:  # fmt: skip
    """Return the one-factor structure of the inverse-Wishart posterior mean covariance, and its uncertainty.

    Parameters
    ----------
    residuals
        Innovations, shape (year, series), the series in the order of `prior`.
    names, years
        One name for each series and one calendar year for each innovation.
    prior_years
        Weight ν0 of the panel; p + 10 by default (METHOD 6.3).
    rows
        The published rows behind the innovations, for the hash.

    Raises
    ------
    EstimationError
        Too few years, levels, a constant series, unlike shapes, or a factor that is not found.
    """
    p = prior.loading.shape[0]
    table = _require_innovations(residuals, (len(years), len(names)), p)
    weight = p + 10.0 if prior_years is None else prior_years
    centred = table - table.mean(axis=0)
    scatter = (weight - p - 1.0) * prior.covariance + centred.T @ centred
    # The mean of each series is unknown and costs one year.
    dof = weight + table.shape[0] - 1.0
    mean = scatter / (dof - p - 1.0)
    structure = harman_jones_1966(mean, sign=prior.loading)

    def estimate(name: str, value: float, error: float, unit: str, distribution: Distribution) -> Estimate:
        return Estimate(
            name=name, value=value, standard_error=error, unit=unit, distribution=distribution,
            years=tuple(int(year) for year in years), n=table.shape[0],
            method="inverse-Wishart posterior around the one-factor prior", source=source,
            data_hash=data_hash(rows), diagnostics=MappingProxyType({"prior_years": weight}),
        )  # fmt: skip

    def annual_sd(i: int) -> Estimate:
        free = dof - p + 1.0
        own = inverse_chi(float(np.sqrt(scatter[i, i] / free)), free)
        value = float(structure.annual_sd[i])
        return estimate(f"{names[i]}.annual_sd", value, own.standard_deviation(), "log growth per year", own)

    def correlation(i: int, j: int) -> Estimate:
        shrunk = float(scatter[i, j] / np.sqrt(scatter[i, i] * scatter[j, j]))
        # Two series of an inverse Wishart are inverse Wishart themselves, with p − 2 degrees fewer.
        known = quantiles(correlation_quantiles(shrunk, dof - p + 2.0, WIDE_LEVELS), levels=WIDE_LEVELS)
        low, high = known.quantile([0.025, 0.975])
        error = float(high - low) / (2.0 * float(ndtri(0.975)))
        return estimate(f"{names[i]}_{names[j]}.correlation", shrunk, error, "dimensionless", known)

    return FactorEstimate(
        structure=structure,
        annual_sd=tuple(annual_sd(i) for i in range(p)),
        correlation=tuple(correlation(i, j) for i, j in combinations(range(p), 2)),
    )


def _require_innovations(residuals: ArrayLike, shape: tuple[int, int], n_series: int) -> NDArray[np.float64]:
    table = require_years(residuals, 4, _FACTOR_LABEL)
    require_changes(table, _FACTOR_LABEL)
    if table.shape != shape or shape[1] != n_series:
        raise EstimationError(
            f"{_FACTOR_LABEL}: residuals of shape {table.shape}, prior of {n_series} series, {shape[0]} "
            f"years, {shape[1]} names"
        )
    for column in table.T:
        require_varying(column, _FACTOR_LABEL)
    return table


def harman_jones_1966(covariance: ArrayLike, *, sign: NDArray[np.float64] | None = None) -> OneFactor:
    """Return the one-factor structure that leaves the smallest squares of correlations off the diagonal.

    A communality is kept below 99.9% (no Heywood case). The factor's sign agrees with `sign`, else it is
    positive on the whole.

    Raises
    ------
    EstimationError
        If fewer than three series are given or the iteration does not settle; the covariance is shown.

    Notes
    -----
    Each loading in turn by least squares on the others, which never increases what is left. Source: H. H.
    Harman and W. H. Jones (1966), Factor analysis by minimizing residuals (minres), Psychometrika 31.
    """
    matrix = np.asarray(covariance, dtype=np.float64)
    if matrix.shape[0] < 3:
        raise EstimationError("a factor is identified by three series at least")
    sd = np.sqrt(np.diag(matrix))
    correlation = matrix / np.outer(sd, sd)
    others = correlation - np.eye(len(sd))
    roots, vectors = np.linalg.eigh(correlation)
    bound = float(np.sqrt(1.0 - _SMALLEST_OWN_PART))
    loading = np.clip(vectors[:, -1] * np.sqrt(roots[-1]), -bound, bound)
    for _ in range(_SWEEPS):
        before = loading.copy()
        for i in range(len(sd)):
            squares = float(loading @ loading) - loading[i] ** 2
            fitted = float(others[i] @ loading) / squares if squares > 0.0 else 0.0
            loading[i] = min(max(fitted, -bound), bound)
        if np.abs(loading - before).max() < _TOLERANCE:
            break
    else:
        raise EstimationError(f"no single factor settles for the covariance {matrix.tolist()}")
    towards = np.ones(len(sd)) if sign is None else sign
    loading = loading if loading @ towards >= 0.0 else -loading
    return OneFactor(loading=loading * sd, own_sd=np.sqrt(1.0 - loading**2) * sd)


def correlation_quantiles(correlation: float, dof: float, levels: ArrayLike) -> NDArray[np.float64]:
    """Return quantiles of the correlation ρ of two series whose covariance is inverse Wishart.

    Parameters
    ----------
    correlation
        r, that of the scale matrix.
    dof
        Degrees of freedom m of the pair.

    Notes
    -----
    By Bartlett's decomposition ρ/√(1−ρ²) is (b·r/√(1−r²) − z)/a with a ~ χ(m−1), b ~ χ(m), z ~ N(0, 1).
    """
    wanted = np.asarray(levels, dtype=np.float64)
    a, a_weight = _chi_nodes(dof - 1.0)
    b, b_weight = _chi_nodes(dof)
    odds = correlation / np.sqrt(1.0 - correlation**2)

    def below_and_density(value: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        z = value[:, None, None] * a[:, None] - odds * b
        density = np.exp(-0.5 * z**2) @ b_weight @ (a * a_weight) / np.sqrt(2.0 * np.pi)
        return ndtr(z) @ b_weight @ a_weight, density

    start = odds + ndtri(wanted) * np.sqrt((1.0 + odds**2) / dof)
    reach = np.full(wanted.shape, 1e3 * (1.0 + abs(odds)))
    found = invert(below_and_density, wanted, start=start, low=-reach, high=reach)
    return np.asarray(found / np.sqrt(1.0 + found**2), dtype=np.float64)


def _chi_nodes(dof: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights of Gauss quadrature for a χ, by the eigenvectors of its Jacobi matrix.

    Half the square of a χ is a gamma, whose polynomials are Laguerre's; no gamma function can overflow here.
    """
    order = np.arange(1.0, _CHI_NODES)
    beside = np.diag(np.sqrt(order * (order + dof / 2.0 - 1.0)), 1)
    diagonal = 2.0 * np.arange(_CHI_NODES) + dof / 2.0
    half_square, vectors = np.linalg.eigh(np.diag(diagonal) + beside + beside.T)
    return np.sqrt(2.0 * half_square), np.asarray(vectors[0] ** 2, dtype=np.float64)


NOMINAL_SERIES: Final = (*SECTORS, "rest_of_province")
"""Whose nominal growth checks the loadings, in their order."""


@dataclass(frozen=True, kw_only=True)
class Dependence:
    """Loadings by driver: yearly and trend, on the province's real shock and on the price shock."""

    province_years: Mapping[str, float]
    province_trend: Mapping[str, float]
    prices_years: Mapping[str, float]
    prices_trend: Mapping[str, float]
    city_and_rest: float
    nominal: FactorEstimate

    def tables(self) -> dict[str, Any]:
        """Return the loadings as tables of a results file."""

        def plain(loadings: Mapping[str, float]) -> dict[str, float]:
            return {name: rounded(value) for name, value in loadings.items()}

        nominal = self.nominal
        loadings = nominal.structure.correlation_with_factor
        return {
            "factors": {
                "province": {
                    "loadings": plain(self.province_years),
                    "trend_loadings": plain(self.province_trend),
                },
                "prices": {"loadings": plain(self.prices_years), "trend_loadings": plain(self.prices_trend)},
            },
            "city_and_rest_of_province_real_growth_correlation": rounded(self.city_and_rest),
            "nominal_check": {
                "sample": describe_years(nominal.annual_sd[0].years),
                "loadings": plain(dict(zip(NOMINAL_SERIES, loadings, strict=True))),
                "estimates": {
                    item.name.replace(".", "_"): item.table()
                    for item in (*nominal.annual_sd, *nominal.correlation)
                },
            },
        }


def estimate_dependence(inputs: Inputs, growth: GrowthEstimates, prices: PriceEstimates) -> Dependence:
    """Derive loadings from the estimated parts, and check them on nominal growth of the city and the rest.

    Raises
    ------
    EstimationError
        If a series is missing, or no single factor is found.
    """
    drivers = {item.name: item for item in (*growth.drivers, *prices.drivers)}
    common, trend = growth.province.annual_sd.value, growth.province.mean.standard_error
    years = {name: growth.exposure[name] * common / drivers[name].annual_sd for name in SECTORS}
    years["rest_of_province"] = common / drivers["rest_of_province"].annual_sd
    years["nation"] = nation_correlation(inputs)
    trends = {name: trend / drivers[name].trend_sd for name in SECTORS}
    trends["rest_of_province"] = trend / drivers["rest_of_province"].trend_sd
    # Trends of nation and province fell together; their yearly correlation is a floor for that of trends.
    trends["nation"] = years["nation"]
    shares = np.array([inputs.starting_value(f"{name}_share") for name in SECTORS])
    own = float(((shares * np.array([growth.own_sd[n] for n in SECTORS])) ** 2).sum())
    city_sd = float(np.sqrt(common**2 + own))
    rest = prices.drivers[1]
    city = prices.drivers[0]
    consumer, _ = correlation_of_prices(inputs)
    return Dependence(
        province_years=MappingProxyType(years),
        province_trend=MappingProxyType(trends),
        prices_years=MappingProxyType(
            {
                "deflator": rest.annual_sd / city.annual_sd,
                "deflator_rest_of_province": 1.0,
                "consumer_prices": consumer,
            }
        ),
        prices_trend=MappingProxyType(
            {
                "deflator": rest.trend_sd / city.trend_sd,
                "deflator_rest_of_province": 1.0,
                "consumer_prices": consumer,
            }
        ),
        city_and_rest=common / city_sd * years["rest_of_province"],
        nominal=nominal_factor(inputs, growth, prices),
    )


def nation_correlation(inputs: Inputs, *, prior: float = 0.5, prior_years: float = 10.0) -> float:
    """Return the correlation of yearly changes in the growth of province and nation, shrunk to `prior`.

    Differences of growth, because both fall over the sample and the fall is not a yearly shock.
    """
    province = inputs.used("province_growth")
    nation = inputs.used("nation_growth")
    both = sorted(set(province.years) & set(nation.years))
    if len(both) < 8:
        raise EstimationError(f"province and nation share {len(both)} years of growth, 8 are needed")
    table = np.array([[part.steps[part.years.index(y)] for y in both] for part in (province, nation)])
    n = len(both) - 1
    found = float(np.corrcoef(np.diff(table, axis=1))[0, 1])
    return (n * found + prior_years * prior) / (n + prior_years)


def nominal_factor(inputs: Inputs, growth: GrowthEstimates, prices: PriceEstimates) -> FactorEstimate:
    """Return the one-factor covariance of nominal growth of the three sectors and the rest of the province.

    The prior is what the drivers imply; the data are the years in which all four are published.
    """
    drivers = inputs.declaration.drivers
    parts = [inputs.changes(drivers[name].series["nominal"]) for name in SECTORS]
    parts.append(inputs.used("rest_of_province_output"))
    years = tuple(sorted(set.intersection(*(set(part.years) for part in parts))))
    table = np.array([[part.steps[part.years.index(y)] for y in years] for part in parts]).T
    common, rest = growth.province.annual_sd.value, prices.drivers[1].annual_sd
    shared = float(np.hypot(common, rest))
    loading = np.array([growth.exposure[n] * shared for n in SECTORS] + [shared])
    relative = prices.relative.annual_sd
    own = np.array([float(np.hypot(growth.own_sd[n], relative)) for n in SECTORS] + [0.005])
    # Persistence of growth is not a common shock: only what a first-order filter leaves is compared.
    innovations, later = _innovations(table, years, growth.province.persistence.value)
    used = sorted({*later, *(year - 1 for year in later)})
    prior = OneFactor(loading=loading, own_sd=own)
    source = "; ".join(dict.fromkeys(part.source for part in parts))
    return estimate_one_factor(
        innovations, prior, names=NOMINAL_SERIES, years=later, source=source, rows=_behind(parts, used)
    )


def city_tails(inputs: Inputs, growth: GrowthEstimates) -> Estimate:
    """Return the degrees of freedom of the nominal gap's innovations, a panel of cities as prior.

    Its kurtosis gives the prior's median and its robust ratio, which heterogeneity makes a lower bound, the
    2.5% quantile.

    Raises
    ------
    EstimationError
        If a series or a statistic is missing, or too few years follow one another.
    """
    gap = inputs.used("share_gap")
    innovations, years = _innovations(gap.steps, gap.years, growth.share_gap.persistence.value)
    tails = inputs.declaration.tails
    kurtosis, ratio = panel_tails(inputs, tails.panels[tails.drivers])
    return estimate_degrees_of_freedom(
        innovations,
        prior_median=degrees_of_freedom_from_kurtosis(kurtosis),
        prior_low=degrees_of_freedom_from_robust_sd(ratio, 1.0),
        years=years,
        source=gap.source,
        rows=gap.all_rows,
    )


def panel_tails(inputs: Inputs, group: str) -> tuple[float, float]:
    """Return excess kurtosis and ratio of sd to robust sd of a panel of cities."""
    spanned = f"{group}, {inputs.declaration.tails.span}"
    sd = inputs.panel(spanned, "idiosyncratic sd (log pp)")
    robust = inputs.panel(spanned, "robust idiosyncratic sd (log pp)")
    return 100.0 * inputs.panel(group, "excess kurtosis"), sd / robust


def _innovations(
    growth: NDArray[np.float64], years: tuple[int, ...], persistence: float
) -> tuple[NDArray[np.float64], tuple[int, ...]]:
    """Return what each year adds to the year before it, where both are known, and those years."""
    later = [i for i in range(1, len(years)) if years[i] == years[i - 1] + 1]
    found = growth[later] - persistence * growth[np.array(later) - 1]
    return found, tuple(years[i] for i in later)


def sectors_on_province(inputs: Inputs) -> JointRegression:
    """Return the joint regression of the city's nominal sector growth on the province's."""
    check = inputs.declaration.sector_check
    city = [inputs.changes(check.city[name]) for name in SECTORS]
    province = [inputs.changes(check.province[name]) for name in SECTORS]
    years = tuple(sorted(set.intersection(*(set(part.years) for part in (*city, *province)))))
    response = np.array([[part.steps[part.years.index(y)] for y in years] for part in city]).T
    driver = np.array([[part.steps[part.years.index(y)] for y in years] for part in province]).T
    source = "; ".join(dict.fromkeys(part.source for part in (*city, *province)))
    rows = _behind((*city, *province), years)
    return zellner_1962(response, driver, names=SECTORS, years=years, source=source, rows=rows)


def _behind(parts: Iterable[Changes], years: Iterable[int]) -> frozenset[str]:
    """Return the published rows that the changes of `years` were formed from."""
    return frozenset().union(*rows_of(years, *(part.rows for part in parts)).values())
