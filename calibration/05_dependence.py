"""How drivers move together, and how heavy the tails of their shocks are."""

from __future__ import annotations

import steps

if __name__ == "__main__":
    steps.write("dependence")
