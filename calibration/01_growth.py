"""Real growth of nation, province, rest of the province and the city's sectors."""

from __future__ import annotations

import steps

if __name__ == "__main__":
    steps.write("growth")
