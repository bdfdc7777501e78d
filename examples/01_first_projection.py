"""A first projection: where the plan's own growth leads, and what becomes of its targets."""

import haidong_sim as hs

# The path without shocks: one future in which every shock is zero.
path = hs.project("plan")
print(path.quantiles("gdp_share_of_province", [0.5]).loc[[2020, 2025, 2030, 2035]])

# Many futures around it. The same `rng` gives the same numbers on any machine.
result = hs.simulate("plan", draws=20_000, rng=2020)
print(result)
print(result.quantiles("gdp_share_of_province").loc[2030].round(3))

# One row for every target of the two documents.
verdicts = result.check()
print(verdicts["status"].value_counts())
missed = verdicts[verdicts["status"] == "missed"]
columns = ["target_id", "value", "threshold", "probability", "needed_rate"]
print(missed[columns].round(3).to_string(index=False))

# What the verdicts rest on, the weightiest first.
print(result.assumptions()[["rank", "name", "value", "low", "high", "flips"]].head(5).to_string(index=False))
