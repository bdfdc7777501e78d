"""What rooms above answer about a result: registered by the root of the package, asked for by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_LOADERS: Final[dict[str, Callable[[], Callable[..., Any]]]] = {}


def register_view(name: str, load: Callable[[], Callable[..., Any]]) -> None:
    """Register the function that answers a question about a result; `load` imports it when first asked."""
    _LOADERS[name] = load


def view(name: str) -> Callable[..., Any]:
    """Return the function registered under a name; its room is loaded now."""
    return _LOADERS[name]()
