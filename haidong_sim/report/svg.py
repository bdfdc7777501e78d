"""Makes an SVG file fit to stand inside a page: no scripts, no links, no identifiers that clash."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from haidong_sim.errors import OutputError

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_DROPPED = frozenset({"script", "metadata", "style", "foreignObject", "title"})
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_LONG_NUMBER = re.compile(r"(-?\d+\.\d{2})\d+")
_NUMBERS = frozenset({"d", "x", "y", "transform", "points", "width", "height"})


def inline_svg(svg: str, *, prefix: str, title: str) -> str:
    """Return `svg` as markup for a page, identifiers set off by `prefix`, with `title` to be read aloud.

    Raises
    ------
    OutputError
        If `svg` is not well-formed, or is no SVG.
    """
    try:
        root = ET.fromstring(svg)  # noqa: S314 - figures come from this library; entities are not expanded
    except ET.ParseError as error:
        raise OutputError(f"figure '{prefix}' is not well-formed SVG: {error}") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise OutputError(f"figure '{prefix}' is not SVG: its outermost element is '{root.tag}'")
    _clean(root)
    _rename(root, prefix)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}-title")
    heading = ET.Element(f"{{{_SVG}}}title", {"id": f"{prefix}-title"})
    heading.text = title
    root.insert(0, heading)
    return _serialize(root)


def _clean(element: ET.Element) -> None:
    """Drop what can act or load, and the digits beyond a hundredth of a point."""
    for child in list(element):
        if _local(child.tag) in _DROPPED:
            element.remove(child)
        else:
            _clean(child)
    for name, value in list(element.attrib.items()):
        local = _local(name).lower()
        if local.startswith("on") or (local == "href" and not value.startswith("#")):
            del element.attrib[name]
        elif local in _NUMBERS:
            element.set(name, " ".join(_LONG_NUMBER.sub(r"\1", value).split()))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _rename(root: ET.Element, prefix: str) -> None:
    """Keep only identifiers that something refers to, and put `prefix` before them."""
    used: set[str] = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            used.update(_REFERENCE.findall(value))
            if _local(name) == "href":
                used.add(value.removeprefix("#"))
    for element in root.iter():
        identifier = element.attrib.pop("id", None)
        if identifier in used:
            element.set("id", f"{prefix}-{identifier}")
        for name, value in list(element.attrib.items()):
            if name == f"{{{_XLINK}}}href":
                del element.attrib[name]
                element.set("href", f"#{prefix}-{value.removeprefix('#')}")
            elif "url(#" in value:
                element.set(name, _REFERENCE.sub(rf"url(#{prefix}-\1)", value))


def _serialize(root: ET.Element) -> str:
    for element in root.iter():
        element.tag = _local(element.tag)
        element.tail = None
        if element.text is not None and not element.text.strip():
            element.text = None
    return ET.tostring(root, encoding="unicode")
