"""Deflators of the city and the rest of the province, and consumer prices."""

from __future__ import annotations

import steps

if __name__ == "__main__":
    steps.write("prices")
