"""Time the sensitivity layer beside SALib, SciPy, OpenTURNS and EMA Workbench on the same inputs.

All numbers of one line come from one process on one thread; `cpu` is its processor time, `wall` what passed
on a clock. The ratio to a peer is of processor times; it is what travels between machines. A peer that is not
installed is left out and said to be so.

Run: python benchmarks/bench_sensitivity.py
"""

from __future__ import annotations

import argparse
import contextlib
import io
import platform
import statistics
import time
import warnings
from importlib.util import find_spec

import numpy as np
from scipy.special import ndtri
from threadpoolctl import threadpool_limits

import haidong_sim as hs
from haidong_sim.answers.sensitivity import (
    PickFreeze,
    correlate_ranks,
    discover_box,
    estimate_first_order,
    estimate_information_value,
    estimate_pawn,
    estimate_probability_flips,
    estimate_probability_sensitivity,
    estimate_rank_correlation,
    estimate_sobol,
    estimate_sobol_from_outputs,
    explain_alone,
    measure_distances,
    peel,
    require_study,
)

REPEATS = 3


def best_of(work, repeats=REPEATS):
    """Return the median processor and wall seconds of `repeats` runs, output of peers silenced."""
    seconds = []
    for _ in range(repeats):
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            started = time.process_time(), time.perf_counter()
            work()
            seconds.append((time.process_time() - started[0], time.perf_counter() - started[1]))
    return tuple(statistics.median(part) for part in zip(*seconds, strict=True))


def line(what, ours, peer=None, theirs=None, note=""):
    text = f"{what:<66} cpu {ours[0]:8.3f} s  wall {ours[1]:8.3f} s"
    if theirs is not None:
        text += f"   {peer:<28} cpu {theirs[0]:8.3f} s   ratio {theirs[0] / ours[0]:8.1f}"
    print(text + (f"   {note}" if note else ""), flush=True)


def beside_the_run(draws):
    """Time every method on the plan, targets x inputs, beside the cost of the run itself, and return that."""
    scenario = hs.load_scenario("plan")

    def simulated():
        return hs.simulate(scenario, draws=draws, rng=1, workers=1, progress=False)

    run = simulated()
    run.chances  # noqa: B018  worked out when first read, and not part of what follows
    hs.sensitivity(run, "targets")  # what is loaded once stays out
    whole = best_of(simulated)
    size = f"plan, {len(run.functionals)} targets, {draws} draws"
    line(f"the run itself, all indicators: {size}", whole)
    few = best_of(lambda: hs.sensitivity(run, "targets"))
    line(
        f"hs.sensitivity(run, 'targets') as it comes: {min(draws, 32_768)} draws",
        few,
        note=beside(few, whole),
    )
    for method in ("given_data", "shapley", "probability", "flips", "information"):
        spent = best_of(lambda method=method: hs.sensitivity(run, "targets", method=method, draws=draws))
        line(f"hs.sensitivity(run, 'targets', method='{method}')", spent, note=beside(spent, whole))
    for method in ("morris", "tornado"):
        spent = best_of(lambda method=method: hs.sensitivity(scenario, "targets", method=method))
        line(f"hs.sensitivity(scenario, 'targets', method='{method}')", spent)
    return whole


def beside(spent, whole):
    return f"{spent[0] / whole[0]:.2f} x the run, draws made again included"


def together(inputs, outputs):
    """Ask all three methods about one study, as a run is asked: draws are ranked once."""
    study = require_study(inputs, outputs)
    explain_alone(study, confidence=0.95)
    correlate_ranks(study, 0.95)
    measure_distances(study)


def given_data(draws, run):
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((20, draws))
    outputs = rng.standard_normal((100, 20)) @ inputs + rng.standard_normal((100, draws))
    met = outputs > 1
    size = f"100 outcomes x 20 inputs x {draws:.0e} draws"
    first = best_of(lambda: estimate_first_order(inputs, outputs))
    rank = best_of(lambda: estimate_rank_correlation(inputs, outputs))
    pawn = best_of(lambda: estimate_pawn(inputs, outputs))
    line(f"first order with intervals, {size}", first)
    line(f"rank correlations with intervals, {size}", rank)
    line(f"PAWN, {size}", pawn)
    goal = "x the run of the plan; goals: 1, and 3 s"
    each = tuple(map(sum, zip(first, rank, pawn, strict=True)))
    line("all three, each by itself", each, note=f"{each[0] / run[0]:.2f} {goal}")
    at_once = best_of(lambda: together(inputs, outputs))
    line("all three at once, as a run is asked", at_once, note=f"{at_once[0] / run[0]:.2f} {goal}")
    line(
        f"derivatives of probabilities, {size}",
        best_of(lambda: estimate_probability_sensitivity(inputs, met)),
    )
    line(f"smallest flips, {size}", best_of(lambda: estimate_probability_flips(inputs, met)))
    line(f"value of information, {size}", best_of(lambda: estimate_information_value(inputs, met, rng=1)))
    one = outputs[:1]
    if find_spec("SALib"):
        from SALib.analyze import pawn as salib_pawn
        from SALib.analyze import rbd_fast

        problem = {"num_vars": 20, "names": [f"x{k}" for k in range(20)], "bounds": [[0, 1]] * 20}
        points = inputs.T.copy()
        line(
            f"PAWN, 1 outcome x 20 x {draws:.0e}",
            best_of(lambda: estimate_pawn(inputs, one)),
            "SALib pawn",
            best_of(lambda: salib_pawn.analyze(problem, points, one[0], S=10), 1),
        )
        line(
            f"first order with intervals, 1 outcome x 20 x {draws:.0e}",
            best_of(lambda: estimate_first_order(inputs, one)),
            "SALib rbd_fast, 100 resamples",
            best_of(lambda: rbd_fast.analyze(problem, points, one[0], seed=1), 1),
        )
    if find_spec("openturns"):
        import openturns as ot

        points, values = ot.Sample(inputs.T.copy()), ot.Sample(one.T.copy())
        line(
            f"first order with intervals, 1 outcome x 20 x {draws:.0e}",
            best_of(lambda: estimate_first_order(inputs, one)),
            "OpenTURNS RankSobol, no intervals",
            best_of(lambda: ot.RankSobolSensitivityAlgorithm(points, values).getFirstOrderIndices(), 1),
        )


def sobol_bootstrap():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 15, 4096))
    mixed = rng.standard_normal((20, 15, 4096))
    outputs = PickFreeze(at_a=a, at_b=b, at_ab=mixed)
    ours = best_of(lambda: estimate_sobol_from_outputs(outputs, rng=0))
    line("100 resamples of 15 outcomes x 4096 x 20 inputs, all included", ours, note="goal: under 0.5 s")
    single = PickFreeze(at_a=a[:1], at_b=b[:1], at_ab=mixed[:, :1])
    ours = best_of(lambda: estimate_sobol_from_outputs(single, rng=0))
    if find_spec("SALib"):
        from SALib.analyze import sobol

        problem = {"num_vars": 20, "names": [f"x{k}" for k in range(20)], "bounds": [[0, 1]] * 20}
        values = np.stack([a[0], *mixed[:, 0], b[0]]).T.ravel()
        work = lambda: sobol.analyze(problem, values, calc_second_order=False, num_resamples=100, seed=1)  # noqa: E731
        line("the same, 1 outcome", ours, "SALib sobol.analyze", best_of(work, 1))
    from scipy.stats import sobol_indices

    given = {"f_A": a[:1], "f_B": b[:1], "f_AB": mixed[:, :1]}
    found = sobol_indices(func=given, n=4096)
    work = lambda: found.bootstrap(n_resamples=100)  # noqa: E731
    line("the same, 1 outcome", ours, "scipy sobol_indices.bootstrap", best_of(work, 1))


def sobol_by_design(points):
    weights = np.random.default_rng(0).standard_normal((375, 20)) * 0.1
    marginals = {f"x{number}": ndtri for number in range(20)}
    seen = []

    def model(inputs):
        started = time.process_time()
        outputs = weights @ inputs
        # Stand-in of the model's arithmetic: 375 outcomes at some 6 microseconds a run.
        for _ in range(5):
            outputs = np.exp(0.1 * outputs)
        seen.append(time.process_time() - started)
        return outputs

    whole = best_of(lambda: estimate_sobol(model, marginals, base_points=points, rng=0), 1)
    per_run = 1e6 * sum(seen) / (points * 22)
    line(
        f"Sobol, 375 outcomes x 20 inputs x {points} base points",
        whole,
        f"the model ({per_run:.1f} us a run)",
        (sum(seen), sum(seen)),
        f"cost over the model's {whole[0] / sum(seen):.2f}, goal: 1.5",
    )


def discovery(draws, resamples=50):
    rng = np.random.default_rng(0)
    inputs = rng.random((20, draws))
    wanted = (inputs[0] > 0.6) & (inputs[1] < 0.5) & (rng.random(draws) < 0.9)
    names = tuple(f"x{number}" for number in range(20))
    ours = best_of(lambda: peel(inputs, wanted, names=names))
    whole = best_of(lambda: discover_box(inputs, wanted, resamples=resamples, rng=0), 1)
    line(f"PRIM with significance, tree and hold-out, {draws:.0e} x 20", whole, note="goal: under 5 s")
    if find_spec("ema_workbench"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pandas as pd
            from ema_workbench.analysis import prim

        table = pd.DataFrame(inputs.T, columns=list(names))

        def theirs():
            prim.Prim(table, wanted, threshold=0.8, peel_alpha=0.05).find_box()

        line(f"PRIM peeling alone, {draws:.0e} x 20", ours, "EMA Workbench Prim.find_box", best_of(theirs, 1))


def main():
    """Run every part and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few draws, to see that it runs")
    is_quick = parser.parse_args().quick
    print(f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}")
    print(f"medians of {REPEATS} runs, peers of 1; one thread")
    for missing in (name for name in ("SALib", "openturns", "ema_workbench") if not find_spec(name)):
        print(f"{missing} is not installed: left out")
    with threadpool_limits(limits=1):
        run = beside_the_run(4096 if is_quick else 100_000)
        given_data(4000 if is_quick else 100_000, run)
        sobol_bootstrap()
        sobol_by_design(2**9 if is_quick else 2**14)
        discovery(*((4000, 5) if is_quick else (100_000, 50)))


if __name__ == "__main__":
    main()
