"""Energy and carbon per unit of real output."""

from __future__ import annotations

import steps

if __name__ == "__main__":
    steps.write("energy")
