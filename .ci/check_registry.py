"""Load the registry of every place that is shipped: loading applies every rule of the files."""

from __future__ import annotations

from pathlib import Path

from haidong_sim import load_registry

ROOT = Path(__file__).resolve().parent.parent

for place in ("haidong", ROOT / "tests" / "toy_district" / "registry"):
    registry = load_registry(place)
    print(
        f"{registry.place.name}: {len(registry.observations)} observations, {len(registry.targets)} targets, "
        f"{len(registry.sources)} sources, {len(registry.baseline_values)} baseline values"
    )
