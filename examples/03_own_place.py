"""A place of one's own: a folder of data files and a scenario; no line of the library knows it."""

import tempfile
from pathlib import Path

import haidong_sim as hs

# Here a fictional place with round numbers; copy the folder and put your own figures in.
place = Path(__file__).parents[1] / "tests" / "toy_district"
registry = hs.load_registry(place / "registry")
print(registry.place.region("city"), registry.place.base_year, f"{len(registry.targets)} targets")

# The scenario names its registry folder: place = "registry", beside the file.
scenario = hs.load_scenario(place / "toy.toml")
result = hs.simulate(scenario, draws=8_192, rng=1)
columns = ["target_id", "status", "value", "threshold", "probability", "reason"]
print(result.check()[columns].to_string(index=False))

with tempfile.TemporaryDirectory() as folder:
    saved = result.save(Path(folder) / "toyshire")
    print(sorted(path.name for path in saved.iterdir()))
    # Nothing was changed since: no findings.
    print(hs.verify_result(saved, rerun=True))
