"""Wires derived indicators by name: which formulas, in which order, give the quantities asked for."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from haidong_sim.errors import RegistryError, unknown_name
from haidong_sim.indicators import derived

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping


@dataclass(frozen=True)
class Formula:
    """A derived quantity: its name, the function that gives it, and the names of its arguments."""

    name: str
    function: Callable[..., Any]
    needs: tuple[str, ...]


@cache
def formulas() -> Mapping[str, Formula]:
    """Return every derived indicator's formula by name."""
    found = {
        name: Formula(name, function, tuple(inspect.signature(function).parameters))
        for name, function in inspect.getmembers(derived, inspect.isfunction)
        if function.__module__ == derived.__name__
    }
    return MappingProxyType(found)


def order_formulas(asked: Iterable[str], available: Collection[str]) -> tuple[Formula, ...]:
    """Return the formulas to evaluate, each after those it needs.

    Parameters
    ----------
    asked
        Names wanted.
    available
        Names that the year already holds.

    Raises
    ------
    RegistryError
        If a name is neither available nor derivable.
    """
    order: dict[str, Formula] = {}

    def visit(name: str) -> None:
        if name in available or name in order:
            return
        formula = formulas().get(name)
        if formula is None:
            raise RegistryError(unknown_name("indicator", name, {*available, *formulas()}))
        for need in formula.needs:
            visit(need)
        order[name] = formula

    for name in asked:
        visit(name)
    return tuple(order.values())


def evaluate_formulas(order: Iterable[Formula], year: dict[str, Any]) -> None:
    """Add each formula's value to `year`, in the order given."""
    for formula in order:
        year[formula.name] = formula.function(*(year[need] for need in formula.needs))
