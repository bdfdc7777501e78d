"""Finds a font that can write the language asked for, among those installed; never changes rcParams."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matplotlib import font_manager

if TYPE_CHECKING:
    from haidong_sim.words.labels import Language

_CHINESE: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Droid Sans Fallback",
    # Older matplotlib reads only the first face of a collection, which here is the Japanese one.
    "Noto Sans CJK JP",
)
_LATIN: Final = ("Inter", "Source Sans 3", "Source Sans Pro", "Helvetica Neue", "Arial", "Liberation Sans")
_LAST: Final = "DejaVu Sans"  # travels with matplotlib
_CHINESE_FILES: Final = (
    "notosanscjk",
    "sourcehansans",
    "wqy",
    "simhei",
    "msyh",
    "pingfang",
    "droidsansfallback",
)


class MissingFontWarning(UserWarning):
    """No installed font can write Chinese; English labels are drawn instead."""


def _installed() -> set[str]:
    return {entry.name for entry in font_manager.fontManager.ttflist}


def _chinese_family() -> str | None:
    installed = _installed()
    found = next((name for name in _CHINESE if name in installed), None)
    if found is not None:
        return found
    # matplotlib remembers its list of fonts across runs; a font installed since then is not in it.
    for file in sorted(font_manager.findSystemFonts()):
        if Path(file).name.lower().replace("-", "").startswith(_CHINESE_FILES):
            font_manager.fontManager.addfont(file)
    installed = _installed()
    return next((name for name in _CHINESE if name in installed), None)


def usable_language(lang: Language) -> Language:
    """Return `lang`, or "en" with one warning if it is Chinese and no installed font can write it.

    Raises
    ------
    ValueError
        If `lang` is neither "en" nor "zh".
    """
    if lang not in {"en", "zh"}:
        raise ValueError(f"unknown language '{lang}'. Allowed: en, zh")
    if lang == "zh" and _chinese_family() is None:
        warnings.warn(
            "no installed font can write Chinese, so labels are in English; install one of "
            + ", ".join(_CHINESE[:5]),
            MissingFontWarning,
            stacklevel=3,
        )
        return "en"
    return lang


def font_families(lang: Language) -> list[str]:
    """Return the installed families to write `lang` with, best first; the last one always exists."""
    installed = _installed()
    latin = [name for name in _LATIN if name in installed][:1]
    chinese = _chinese_family()
    # Chinese stands behind the Latin face in English figures too: a place or a scenario may be named in it.
    order = [*([chinese] if chinese else []), _LAST]
    return order if lang == "zh" else [*latin, *order]
