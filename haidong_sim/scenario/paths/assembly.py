"""The kinds of path, found by module: a file in this folder is all that a new kind needs."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import BeforeValidator, Discriminator, Tag, TypeAdapter, ValidationError

from haidong_sim.errors import Problems, ScenarioError, unknown_name
from haidong_sim.scenario.paths.contract import Path
from haidong_sim.scenario.paths.quantities import refusal

TAG = "kind="
"""Beginning of the part that the union puts in the location of an error; `explain` takes it out."""


def _discovered() -> Mapping[str, type[Path]]:
    found: dict[str, type[Path]] = {}
    folder = import_module(__package__).__path__
    for name in sorted(f"{__package__}.{module.name}" for module in pkgutil.iter_modules(folder)):
        if name == __name__:
            continue
        for value in vars(import_module(name)).values():
            if isinstance(value, type) and issubclass(value, Path) and value.__module__ == name:
                kind = value.model_fields["kind"].default
                if isinstance(kind, str):
                    found[kind] = value
    return MappingProxyType(dict(sorted(found.items())))


def _kind_of(data: Any) -> Any:
    return data.get("kind", "constant") if isinstance(data, Mapping) else getattr(data, "kind", None)


def _declared(data: Any) -> Any:
    """Read a bare number as a constant rate, and refuse what is no path before the union sees it."""
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        return {"kind": "constant", "growth": data}
    if not isinstance(data, (Mapping, Path)):
        raise refusal(f"{data!r} is not a path; write a rate such as 0.06 or a table such as growth = 0.06")
    kind = _kind_of(data)
    if kind not in PATH_KINDS:
        raise refusal(unknown_name("kind of path", str(kind), PATH_KINDS))
    return data


PATH_KINDS = _discovered()
"""The class of every kind of path, by the word that a scenario writes under `kind`."""

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    PathSpec = Path
else:
    PathSpec = Annotated[
        Union[tuple(Annotated[cls, Tag(f"{TAG}{kind}")] for kind, cls in PATH_KINDS.items())],  # noqa: UP007
        Discriminator(lambda data: f"{TAG}{_kind_of(data)}"),
        BeforeValidator(_declared),
    ]

for _cls in PATH_KINDS.values():
    _cls.model_rebuild(force=True, _types_namespace={"PathSpec": PathSpec})

_ADAPTER: TypeAdapter[Path] = TypeAdapter(PathSpec)


def explain(found: ErrorDetails) -> tuple[str, str]:
    """Return where and what of one pydantic error, in the words and keys of a scenario file.

    The key is dotted ('paths.tertiary.growth'), without the part that the union of kinds puts in. An
    unknown key of a path names the allowed ones and the nearest.
    """
    location = [str(part) for part in found["loc"]]
    where = ".".join(part for part in location if not part.startswith(TAG))
    if found["type"] == "missing":
        return where, "is missing"
    kinds = [part.removeprefix(TAG) for part in location if part.startswith(TAG)]
    if found["type"] == "extra_forbidden" and kinds:
        allowed = PATH_KINDS[kinds[-1]].model_fields
        return where, unknown_name(f"key of a {kinds[-1]} path", location[-1], allowed)
    return where, found["msg"]


def load_path(data: Path | Mapping[str, Any] | float) -> Path:
    """Return the path that a table of a scenario file, or a bare number, declares.

    Raises
    ------
    ScenarioError
        With all problems of the declaration, each under its key.
    """
    try:
        return _ADAPTER.validate_python(data)
    except ValidationError as error:
        problems = Problems("growth path")
        for found in error.errors(include_url=False):
            problems.add(*explain(found))
        problems.raise_if_any(ScenarioError)
        raise


Path.reader = staticmethod(load_path)
