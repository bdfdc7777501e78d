"""Where the files that travel with the library are: in the wheel, or beside the checkout's pyproject.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Final

DEFAULT_PLACE: Final = "haidong"
"""The registry, and the calibration, that ship with the library: what is meant where no place is named."""

_PACKAGE: Final = Path(__file__).resolve().parent
_BUNDLED: Final = _PACKAGE / "_bundled"
_CHECKOUT: Final = _PACKAGE.parent

# name of the resource -> (place in the wheel, place in a checkout)
_PLACES: Final = {
    "scenarios": (_BUNDLED / "scenarios", _CHECKOUT / "scenarios"),
    "calibration": (_BUNDLED / "calibration", _CHECKOUT / "calibration" / "results"),
}


def resource_folder(name: str) -> Path:
    """Return the folder of the bundled resource `name` ("scenarios" or "calibration").

    Raises
    ------
    FileNotFoundError
        If the installation is damaged: neither place exists.
    """
    for place in _PLACES[name]:
        if place.is_dir():
            return place
    raise FileNotFoundError(
        f"the folder of bundled {name} is missing from this installation; looked in "
        + " and ".join(str(place) for place in _PLACES[name])
    )
