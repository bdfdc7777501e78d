"""The kinds of question, found by module: a file in this folder is all that a new kind needs."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from haidong_sim.questions.question import Question

if TYPE_CHECKING:
    from collections.abc import Mapping


def _discovered() -> Mapping[str, type[Question]]:
    found: dict[str, type[Question]] = {}
    for module in pkgutil.iter_modules(__path__):
        name = f"{__name__}.{module.name}"
        for value in vars(import_module(name)).values():
            if isinstance(value, type) and issubclass(value, Question) and value.__module__ == name:
                found[value.kind] = value
    return MappingProxyType(dict(sorted(found.items())))


KINDS = _discovered()
"""The class of every kind of question, by its name."""

__all__ = ["KINDS"]
