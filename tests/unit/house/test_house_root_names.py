"""The root gives every public name it lists, whatever was imported before."""

from __future__ import annotations

import subprocess
import sys

import pytest

import haidong_sim as hs

ORDERS = {
    "root first": "import haidong_sim as hs; hs.sensitivity; import haidong_sim.answers.sensitivity",
    "package first": "import haidong_sim.answers.sensitivity; import haidong_sim as hs",
    "by name": "from haidong_sim import sensitivity; import haidong_sim as hs",
    "an answer first": "import haidong_sim as hs; hs.verdict; import haidong_sim.answers.sensitivity",
}
ASK = """
try:
    hs.sensitivity(None, method="sobl")
except hs.HaidongSimError as error:
    assert "Did you mean 'sobol'" in str(error)
else:
    raise AssertionError
"""


@pytest.mark.parametrize("order", ORDERS)
def test_a_public_function_is_there_in_any_order_of_imports(order):
    code = ORDERS[order] + "\n" + ASK
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", hs.__all__)
def test_every_public_name_is_there(name):
    assert getattr(hs, name) is not None
    assert name in dir(hs)
