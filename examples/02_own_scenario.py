"""A scenario of one's own: change two numbers, see what moved, and by how much that is more than chance."""

import tempfile
from pathlib import Path

import haidong_sim as hs

plan = hs.load_scenario("plan")

# In Python: a derived scenario. The plan fixes total growth to 2025, so services alone would only take from
# industry; here the total itself is higher after 2025.
faster = plan.derive("faster", {"paths.total.second": {"kind": "constant", "growth": 0.06}})
print(plan.diff(faster))

# The same as a file, as an economist would write it: everything that is not said stays as in the plan.
own = """
extends = "plan"

[label]
en = "Six percent to the end"
zh = "保持6%"

[paths.total]
kind = "constant"
growth = 0.06
low = 0.05
high = 0.07
provenance = "assumption"
note = "the pace of 2021-2025 goes on"
"""
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "mine.toml"
    file.write_text(own, encoding="utf-8")
    mine = hs.load_scenario(file)

# The same random numbers for both, so that the difference is the scenario and not luck.
results = [
    hs.simulate(scenario, draws=8_192, rng=1, keep=["gdp_share_of_province"]) for scenario in (plan, mine)
]
table = hs.compare(results)
share = table[(table["indicator"] == "gdp_share_of_province") & (table["year"] == 2030)]
print(share[["statistic", "value", "other_value", "difference"]].round(4).to_string(index=False))

# A misspelt key is refused with the key that was meant.
try:
    plan.derive("slip", {"paths.tertairy.growth": 0.07})
except hs.HaidongSimError as error:
    print(error)
