"""No city in the code: the name of a place stands in data alone."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import haidong_sim
from haidong_sim.place.rows import REGION_ROLES
from haidong_sim.resources import DEFAULT_PLACE

PACKAGE = Path(haidong_sim.__file__).parent
DATA = PACKAGE / "place" / "data"
CODE = (".py", ".j2", ".html", ".js", ".css", ".csv", ".toml")
OWN_NAME = re.compile(r"haidong_sim|haidong-sim|HaidongSim", re.IGNORECASE)
PANELS = ("Shandong", "山东")
"""A panel of other places that the bundled data rest on."""


def names_of_places():
    """Return the names of every region of every bundled place, but the nation, whose methods are cited."""
    found = set(PANELS)
    for file in DATA.glob("*/place.toml"):
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        found.add(content["name"])
        regions = [content[role] for role in REGION_ROLES if role != "nation"]
        regions += content.get("district", []) + content.get("area", [])
        for region in regions:
            for name in (region["en"], region["zh"]):
                words = re.findall(r"[A-Z][a-z']+|[\u4e00-\u9fff]+", name)
                found |= {word.rstrip("省市") for word in words}
    common = {
        "District", "County", "Autonomous", "Rest", "Urban", "New", "Area", "Zone", "City", "Province",
        "Hui", "Tu",
    }  # fmt: skip
    return found - common


def places_named_in(text):
    text = OWN_NAME.sub("", text)

    def pattern(name):
        return rf"(?i)(?<![a-z]){re.escape(name)}(?![a-z])" if name.isascii() else re.escape(name)

    return sorted(name for name in names_of_places() if re.search(pattern(name), text))


def test_names_are_found_where_they_stand():
    assert {
        "haidong",
        "Haidong",
        "Qinghai",
        "青海",
        "海东",
        "Xining",
        "Ledu",
        "Shandong",
    } <= names_of_places()
    assert places_named_in("from haidong_sim import HaidongSimError") == []
    assert "Qinghai" in places_named_in("a30_gdp_share_qinghai")
    assert "海东" in places_named_in("海东市")


def test_the_package_names_no_place_outside_its_data():
    named = {}
    for path in PACKAGE.rglob("*"):
        if path.suffix not in CODE or DATA in path.parents or "_bundled" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        if path == PACKAGE / "resources.py":
            # One line says which bundled place is meant where none is named.
            line = f'DEFAULT_PLACE: Final = "{DEFAULT_PLACE}"\n'
            assert text.count(line) == 1
            text = text.replace(line, "")
        if found := places_named_in(text):
            named[str(path.relative_to(PACKAGE))] = found
    assert named == {}
