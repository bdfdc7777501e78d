"""Changes to a scenario that cannot do what they look like: something else in it overrules them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haidong_sim.axes import SECTORS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from haidong_sim.scenario.specification import Scenario


def inert_changes(scenario: Scenario, changed: Collection[str]) -> list[str]:
    """Return a sentence for each change that something else in the scenario overrules.

    Parameters
    ----------
    changed
        Dotted keys in which it differs from the scenario that it was made from.
    """
    return list(_sentences(scenario, sorted(changed)))


def with_notes(scenario: Scenario, changed: Collection[str]) -> Scenario:
    """Return a scenario that says which of the keys changed in it have no effect."""
    notes = inert_changes(scenario, changed)
    return scenario.model_copy(update={"notes": notes}) if notes else scenario


def keys_named(notes: Collection[str]) -> set[str]:
    """Return the keys that earlier sentences speak of."""
    return {key for note in notes for key in note.partition(": ")[0].split(", ")}


def _sentences(scenario: Scenario, changed: Collection[str]) -> Iterator[str]:
    def named(*starts: str) -> str:
        return ", ".join(
            key for key in changed for start in starts if key == start or key.startswith(f"{start}.")
        )

    # Who gives a total with the sectors knows what it does to them.
    if "total" in scenario.paths:
        if not named("paths.total") and (keys := named(*(f"paths.{sector}" for sector in SECTORS))):
            yield (
                f"{keys}: paths.total rescales the sectors so that they add up to it. This change moves what "
                "each sector contributes and leaves the growth of GDP as it was; change paths.total, or take "
                "it out ({'paths.total': None}) and let the sectors decide"
            )
    elif keys := named(*(f"assumptions.reconciliation_weight_{sector}" for sector in SECTORS)):
        yield f"{keys}: there is no paths.total to reconcile the sectors with; the weights are not read"
    conventions = scenario.conventions
    if conventions.real_basis == "fixed_base" and (keys := named("conventions.price_base_interval")):
        yield (
            f"{keys}: with conventions.real_basis = 'fixed_base' prices keep their base; "
            "the interval is not read"
        )
    tails = [f"uncertainty.{name}.degrees_of_freedom" for name in scenario.uncertainty]
    if conventions.yearly_shocks == "gaussian":
        posteriors = [f"uncertainty.{name}.posterior" for name in scenario.uncertainty]
        if keys := named(*tails, *posteriors):
            yield (
                f"{keys}: conventions.yearly_shocks = 'gaussian' holds size and persistence at their medians "
                "and the tails normal, so that this is not read; choose 'posterior'"
            )
    elif scenario.dependence.degrees_of_freedom is not None and (keys := named(*tails)):
        yield f"{keys}: dependence.degrees_of_freedom gives all drivers one tail; their own are not read"
