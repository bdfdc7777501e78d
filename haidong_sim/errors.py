"""One error tree, a collector that reports every problem of an input at once, and a guard for calls.

The guard `public` stands on every function that users call: what a call says and the function does not
understand is an error of the tree too.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_P = ParamSpec("_P")
_R = TypeVar("_R")


class HaidongSimError(Exception):
    """Root of every error that the library raises on purpose."""


class ArgumentError(HaidongSimError, TypeError):
    """A function was called with an argument that it does not take, or without one that it needs."""


class RegistryError(HaidongSimError):
    """A registry file is malformed, or a name is not in the registry."""


class ScenarioError(HaidongSimError):
    """A scenario is malformed or inconsistent with its registry."""


class ModelError(HaidongSimError):
    """The model produced a value that no economy has (non-finite, negative stock)."""


class EstimationError(HaidongSimError):
    """An estimator refuses its data or did not converge."""


class FeasibilityError(HaidongSimError):
    """A question about targets or plans is malformed, or has no answer of the kind asked for."""


class MonitoringError(HaidongSimError):
    """A monitoring rule was given numbers that it cannot judge."""


class OutputError(HaidongSimError):
    """A result cannot be written where it was asked to be written."""


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed name closest to `name`, or None if none is close."""
    matches = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.5)
    return matches[0] if matches else None


def unknown_name(kind: str, name: str, allowed: Iterable[str]) -> str:
    """Say that `name` is no `kind`, what is allowed, and what was probably meant."""
    names = sorted(allowed)
    close = nearest(name, names)
    hint = f" Did you mean '{close}'?" if close else ""
    shown = ", ".join(names[:20]) + (f", … ({len(names)} in all)" if len(names) > 20 else "")
    return f"unknown {kind} '{name}'.{hint} Allowed: {shown}"


@dataclass
class Problems:
    """Collects the problems of one input and raises them together.

    Examples
    --------
    >>> problems = Problems("scenario 'mine.toml'")
    >>> problems.add("paths.tertiary.growth", "6 is not a yearly rate; write 0.06")
    >>> bool(problems)
    True
    """

    subject: str
    found: list[str] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        """Note one problem: `where` is a file, key or row; `what` says what is wrong and what is allowed."""
        self.found.append(f"{where}: {what}" if where else what)

    def __bool__(self) -> bool:
        return bool(self.found)

    def raise_if_any(self, error: type[HaidongSimError]) -> None:
        """Raise `error` with a numbered list of all problems, if there is one.

        Raises
        ------
        HaidongSimError
            Of the class given, if at least one problem was noted.
        """
        if not self.found:
            return
        count = len(self.found)
        head = f"{self.subject}: {count} problem{'s' if count > 1 else ''}"
        raise error("\n".join([head, *(f"  {n}. {text}" for n, text in enumerate(self.found, 1))]))


def public(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Guard a function of the public face: a call that does not fit its signature names the nearest keyword.

    Signature, docstring and types stay those of the function.

    Examples
    --------
    >>> @public
    ... def run(*, draws=None):
    ...     return draws
    >>> run(drws=5)
    Traceback (most recent call last):
    ...
    haidong_sim.errors.ArgumentError: run: unknown keyword 'drws'. Did you mean 'draws'? Allowed: draws
    """
    known = signature(function)
    keywords = [each.name for each in known.parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
    takes_any = len(keywords) < len(known.parameters)

    @wraps(function)
    def guarded(*arguments: _P.args, **options: _P.kwargs) -> _R:
        problems = (
            []
            if takes_any
            else [unknown_name("keyword", name, keywords) for name in options if name not in keywords]
        )
        if problems:
            raise ArgumentError(f"{function.__name__}: {'; '.join(problems)}")
        try:
            known.bind(*arguments, **options)
        except TypeError as error:
            call = f"{function.__name__}({_shown(known.parameters.values())})"
            raise ArgumentError(f"{function.__name__}: {error}. It is called as {call}") from None
        return function(*arguments, **options)

    return guarded


def _shown(parameters: Iterable[Parameter]) -> str:
    """Return a signature without its types: names, the star, and what may be left out."""
    words, is_starred = [], False
    for each in parameters:
        if each.kind is Parameter.KEYWORD_ONLY and not is_starred:
            words.append("*")
            is_starred = True
        words.append(each.name if each.default is Parameter.empty else f"{each.name}=…")
    return ", ".join(words)
