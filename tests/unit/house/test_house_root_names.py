"""The root gives every public name it lists, whatever was imported before."""

from __future__ import annotations

import subprocess
import sys
from inspect import signature

import pytest

import haidong_sim as hs
from haidong_sim.sensitivity.analysis import analyze_sensitivity

ORDERS = {
    "root first": "import haidong_sim as hs; hs.sensitivity; import haidong_sim.sensitivity",
    "package first": "import haidong_sim.sensitivity; import haidong_sim as hs",
    "a module of it first": "import haidong_sim.sensitivity.prim; import haidong_sim as hs",
    "by name": "from haidong_sim import sensitivity; import haidong_sim as hs",
    "an answer first": "import haidong_sim as hs; hs.rank_assumptions; import haidong_sim.sensitivity",
}
ASK = """
assert callable(hs.sensitivity)
assert hs.sensitivity.analyze_sensitivity and hs.sensitivity.sobol
try:
    hs.sensitivity(None, method="sobl")
except hs.HaidongSimError as error:
    assert "Did you mean 'sobol'" in str(error)
else:
    raise AssertionError
"""


@pytest.mark.parametrize("order", ORDERS)
def test_sensitivity_is_package_and_function_in_any_order_of_imports(order):
    code = ORDERS[order] + "\n" + ASK
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr


def test_the_package_says_what_its_call_takes():
    assert signature(hs.sensitivity) == signature(analyze_sensitivity)


@pytest.mark.parametrize("name", hs.__all__)
def test_every_public_name_is_there(name):
    assert getattr(hs, name) is not None
    assert name in dir(hs)
