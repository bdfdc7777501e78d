"""The same model through other tools, side by side: `python benchmarks/bench_peers.py`.

Every subject gets the plan's own year loop (`project_block`): per experiment where it calls a Python function
for one draw, on whole arrays where it can. All evaluate the same 25 indicators in 15 years and every target
and reduce them to seven quantiles, mean and standard deviation each, and a chance for each target.

What differs, and in whose favour:

- The peers work in double precision, keep every draw and sort it; haidong_sim counts into fixed bins as it
  goes, in single precision and with a control variate for each chance, which is its default. The row "double"
  is its job in the peers' precision.
- Peers are handed a compiled scenario; haidong_sim's rows include compiling it and its pilot runs.
- EMA Workbench is handed its experiments ready-made: its own sampling costs it nothing here. OpenTURNS and
  SALib draw their own points, independent and Latin hypercube; haidong_sim draws scrambled quasi-random ones.
- Nothing is charged for importing. "EMA Workbench, 2 processes" starts a pool in each run, as its evaluator
  does; the row below it takes the start off.

Processor time, children included. The floor is that of 195 default standard normals a draw, one thread.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import multiprocessing
import os
import statistics
import sys
import time
import warnings
from functools import cached_property, partial
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np
from bench_engine import INDICATORS
from scipy.special import ndtr
from threadpoolctl import threadpool_limits

import haidong_sim as hs
from haidong_sim.answers.sensitivity import factors_of
from haidong_sim.run import compile_scenario, project_block

QUANTILES = (0.05, 0.10, 0.25, 0.5, 0.75, 0.90, 0.95)
TARGET = "a30_gdp_share_qinghai"
BLOCK = 1024
PEERS = ("SALib", "openturns", "ema_workbench")


class Study:
    """The plan as a function of standard normals, shape (column, draw): what every peer is handed."""

    def __init__(self):
        scenario = hs.load_scenario("plan")
        self.registry = hs.load_registry(scenario.place)
        self.program = compile_scenario(
            scenario, self.registry, indicators=INDICATORS, draws=BLOCK, sampler="mc", precision="double"
        )
        self.kinds = [source.kind for source in self.program.plan.sources for _ in range(source.rows)]
        self.width = len(self.kinds)
        self.names = [f"{name}|{year}" for year in self.program.years.tolist() for name in INDICATORS]
        self.targets = [functional.name for functional in self.program.functionals]
        self.pairs = {}
        for pair in set().union(*(functional.requires for functional in self.program.functionals)):
            self.pairs.setdefault(pair[1], []).append(pair)

    def __getstate__(self):
        """Leave out what a worker process makes again: quantile functions do not travel."""
        return {key: value for key, value in self.__dict__.items() if key not in {"factors", "bent"}}

    @cached_property
    def factors(self):
        """The standard variates of the program, by column."""
        return factors_of(self.program)

    @cached_property
    def bent(self):
        """Columns that are not normal, with their quantile functions."""
        marginals = self.factors.marginals.values()
        return [(row, marginal) for row, marginal in enumerate(marginals) if self.kinds[row] != "normal"]

    def __call__(self, normals):
        """Return indicators (indicator x year, draw) and margins (target, draw)."""
        columns = np.array(normals, dtype=np.float64)
        for row, marginal in self.bent:
            columns[row] = marginal(ndtr(columns[row]))
        kept = {
            pair: self.program.base_values[pair[0]] for pair in self.pairs.get(self.program.base_year, ())
        }
        found = np.empty((len(self.names), columns.shape[1]))
        for number, (year, held) in enumerate(project_block(self.program, self.factors.variates(columns))):
            for place, name in enumerate(INDICATORS):
                found[number * len(INDICATORS) + place] = held[name]
            for pair in self.pairs.get(year, ()):
                kept[pair] = held[pair[0]]
        margins = np.empty((len(self.targets), columns.shape[1]))
        for row, functional in zip(margins, self.program.functionals, strict=True):
            row[...] = functional.margin(lambda name, year: kept[name, year])
        return found, margins

    def met(self, margins):
        """Return whether each target is met, shape (target, draw)."""
        pairs = zip(self.program.functionals, margins, strict=True)
        return np.stack([np.asarray(functional.is_met(row)) for functional, row in pairs])

    def reduce(self, found, margins):
        """Return the chance of each target after the reductions that every subject owes."""
        np.quantile(found, QUANTILES, axis=1)
        found.mean(axis=1)
        found.std(axis=1)
        return dict(zip(self.targets, self.met(margins).mean(axis=1), strict=True))


def in_blocks(study, normals):
    """Evaluate normals (column, draw) on arrays that fit the cache."""
    parts = [study(normals[:, first : first + BLOCK]) for first in range(0, normals.shape[1], BLOCK)]
    return np.concatenate([part[0] for part in parts], axis=1), np.concatenate(
        [part[1] for part in parts], axis=1
    )


def processor_seconds():
    """Return the processor time of this process and its finished children."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def floor_per_draw(repeats=3):
    """Return the processor seconds of 195 default normals, per draw."""
    generator, out = np.random.default_rng(0), np.empty((195, 8192))
    started = time.process_time()
    for _ in range(repeats):
        generator.standard_normal(out=out)
    return (time.process_time() - started) / repeats / out.shape[1]


def ours(study, draws, precision):
    """Run it ordinarily: quasi-random points, streaming counts, controls."""
    run = hs.simulate(
        study.program.scenario, draws=draws, rng=1, precision=precision, indicators=INDICATORS, workers=1,
        progress=False, registry=study.registry,
    )  # fmt: skip
    for name in INDICATORS:
        for year in study.program.years.tolist():
            run.statistics(name, year)
    return run.draws, {name: chance.probability for name, chance in run.chances.items()}


def plain_loop(study, draws):
    """Take one draw after the other, as a script would."""
    rng = np.random.default_rng(1)
    parts = [study(rng.standard_normal((study.width, 1))) for _ in range(draws)]
    found, margins = (np.concatenate([part[side] for part in parts], axis=1) for side in (0, 1))
    return draws, study.reduce(found, margins)


def plain_numpy(study, draws):
    """Take arrays, as a careful script would."""
    normals = np.random.default_rng(1).standard_normal((study.width, draws))
    return draws, study.reduce(*in_blocks(study, normals))


def salib(study, draws):
    """Take SALib's Latin hypercube, then arrays."""
    from SALib.sample import latin

    names = [f"z{number}" for number in range(study.width)]
    problem = {
        "num_vars": study.width,
        "names": names,
        "bounds": [[0, 1]] * study.width,
        "dists": ["norm"] * study.width,
    }
    return draws, study.reduce(*in_blocks(study, latin.sample(problem, draws, seed=1).T))


def openturns(study, draws):
    """Take an OpenTURNS sample of a function of samples, and its own quantiles."""
    import openturns as ot

    ot.RandomGenerator.SetSeed(1)
    margins = []

    def evaluate(points):
        found, part = in_blocks(study, np.asarray(points).T)
        margins.append(part)
        return found.T

    function = ot.PythonFunction(study.width, len(study.names), func_sample=evaluate)
    outputs = function(ot.Normal(study.width).getSample(draws))
    for level in QUANTILES:
        outputs.computeQuantilePerComponent(level)
    outputs.computeMean()
    outputs.computeStandardDeviation()
    met = study.met(np.concatenate(margins, axis=1)).mean(axis=1)
    return draws, dict(zip(study.targets, met, strict=True))


def openturns_event(study, draws):
    """Find one chance alone by OpenTURNS's plain Monte Carlo on an event."""
    import openturns as ot

    ot.RandomGenerator.SetSeed(1)
    row = study.targets.index(TARGET)
    model = ot.PythonFunction(
        study.width, 1, func_sample=lambda points: in_blocks(study, np.asarray(points).T)[1][[row]].T
    )
    inputs = ot.RandomVector(ot.Normal(study.width))
    event = ot.ThresholdEvent(ot.CompositeRandomVector(model, inputs), ot.GreaterOrEqual(), -1e-9)
    search = ot.ProbabilitySimulationAlgorithm(event, ot.MonteCarloExperiment())
    search.setMaximumOuterSampling(max(draws // BLOCK, 1))
    search.setBlockSize(BLOCK)
    search.setMaximumCoefficientOfVariation(0.0)
    search.run()
    done = search.getResult()
    return done.getOuterSampling() * BLOCK, {TARGET: done.getProbabilityEstimate()}


def one_experiment(study, **normals):
    """Evaluate one draw for EMA Workbench: an array per indicator and a number per target."""
    found, margins = study(np.array([normals[f"z{number}"] for number in range(study.width)])[:, None])
    by_year = found[:, 0].reshape(-1, len(INDICATORS))
    held = {name: by_year[:, place] for place, name in enumerate(INDICATORS)}
    return held | {f"margin{number}": value for number, value in enumerate(margins[:, 0])}


def ema(study, draws, processes=0):
    """Run EMA Workbench's evaluators on ready-made experiments."""
    import ema_workbench as em

    model = em.Model("plan", function=partial(one_experiment, study))
    model.uncertainties = [em.RealParameter(f"z{number}", -40.0, 40.0) for number in range(study.width)]
    margins = [f"margin{number}" for number in range(len(study.targets))]
    model.outcomes = [em.ArrayOutcome(name) for name in INDICATORS] + [
        em.ScalarOutcome(name) for name in margins
    ]
    normals = np.random.default_rng(1).standard_normal((study.width, draws))
    cases = [
        em.Scenario(str(draw), **{f"z{row}": value for row, value in enumerate(column)})
        for draw, column in enumerate(normals.T.tolist())
    ]
    pool = (
        partial(em.MultiprocessingEvaluator, n_processes=processes) if processes else em.SequentialEvaluator
    )
    with pool(model) as evaluator:
        _, outcomes = evaluator.perform_experiments(scenarios=cases)
    found = np.stack([outcomes[name] for name in INDICATORS], axis=2).reshape(draws, -1).T
    return draws, study.reduce(found, np.stack([outcomes[name] for name in margins]))


@contextlib.contextmanager
def quietly():
    """Keep the peers' progress bars and warnings off the page."""
    logging.disable(logging.CRITICAL)
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def timed(work, draws, repeats):
    """Return the median processor seconds per draw and what the last run found."""
    seconds, found, done = [], {}, draws
    for _ in range(repeats):
        started = processor_seconds()
        with quietly():
            done, found = work(draws=draws)
        seconds.append((processor_seconds() - started) / done)
    return statistics.median(seconds), done, found


def subjects(study, *, is_quick):
    """Yield name, callable, draws and the package that it needs."""
    many, some, few = (16_384, 2048, 16) if is_quick else (262_144, 16_384, 300)
    yield "haidong_sim, default", partial(ours, study, precision="single"), many, None
    yield "haidong_sim, double", partial(ours, study, precision="double"), many, None
    yield "NumPy on arrays, all draws kept", partial(plain_numpy, study), some, None
    yield "SALib sampling + NumPy on arrays", partial(salib, study), some, "SALib"
    yield "OpenTURNS sample and quantiles", partial(openturns, study), some, "openturns"
    yield "OpenTURNS event, one chance only", partial(openturns_event, study), some, "openturns"
    yield "plain loop, one draw at a time", partial(plain_loop, study), few, None
    yield "EMA Workbench, sequential", partial(ema, study), few, "ema_workbench"
    yield "EMA Workbench, 2 processes", partial(ema, study, processes=2), few, "ema_workbench"


def check_agreement(study, found):
    """Stop unless one draw equals its column among many, and all chances agree within sampling error."""
    normals = np.random.default_rng(0).standard_normal((study.width, 8))
    together = study(normals)
    alone = [study(normals[:, [draw]]) for draw in range(8)]
    for side in (0, 1):
        np.testing.assert_allclose(
            np.concatenate([part[side] for part in alone], axis=1), together[side], rtol=1e-9, atol=1e-12
        )
    reference = found["haidong_sim, default"][1]
    for name, (draws, chances) in found.items():
        for target, chance in chances.items():
            p = reference[target]
            allowed = 5.0 * np.sqrt(max(p * (1.0 - p), 1.0 / draws) / draws) + 0.002
            if abs(chance - p) > allowed:
                raise SystemExit(f"{name}: P({target}) = {chance:.4f}, not {p:.4f} within {allowed:.4f}")


def print_row(name, draws, seconds, floor, base):
    """Print one line of the table."""
    print(
        f"{name:36}{draws:9d}{1e6 * seconds:12.1f}{seconds / floor:10.1f}{seconds / base:10.1f}", flush=True
    )


def main():
    """Time every subject and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few draws, to see that it runs")
    is_quick = parser.parse_args().quick
    # Workers of the pool start afresh, as on most systems; their import warnings stay unread.
    multiprocessing.set_start_method("spawn", force=True)
    os.environ["PYTHONWARNINGS"] = "ignore"
    study, found, base = Study(), {}, None
    known = [f"{name} {version(name)}" for name in ("numpy", *PEERS) if find_spec(name)]
    print(f"Python {sys.version.split()[0]}, {', '.join(known)}")
    with threadpool_limits(limits=1):
        floor = statistics.median(floor_per_draw() for _ in range(5))
        print(
            f"{len(INDICATORS)} indicators x {len(study.program.years)} years, {len(study.targets)} targets,"
        )
        print(f"{study.width} variates a draw; floor {1e6 * floor:.2f} us a draw here")
        print(f"{'':36}{'draws':>9}{'us a draw':>12}{'x floor':>10}{'x ours':>10}")
        for name, work, draws, needs in subjects(study, is_quick=is_quick):
            if needs and not find_spec(needs):
                print(f"{name:36} left out: {needs} is not installed")
                continue
            seconds, done, chances = timed(work, draws, 1 if is_quick or draws < 1000 else 3)
            base = base or seconds
            found[name] = (done, chances)
            print_row(name, done, seconds, floor, base)
            if name.endswith("2 processes") and not is_quick:
                start = 2 * timed(work, 2, 1)[0]
                left = max(seconds * done - start, 0.0) / (done - 2)
                print_row("  less the start of its pool", done - 2, left, floor, base)
    check_agreement(study, found)
    print("all subjects agree on the chance of every target within sampling error")


if __name__ == "__main__":
    main()
