"""Years held back, predicted by the library and by the simple rules that it must beat."""

from __future__ import annotations

import steps

if __name__ == "__main__":
    steps.write("score_card")
