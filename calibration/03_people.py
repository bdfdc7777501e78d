"""Population, urbanization, household income beyond output, and the urban–rural ratio."""

from __future__ import annotations

import steps

if __name__ == "__main__":
    steps.write("people")
