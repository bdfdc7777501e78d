"""Run a command as on another processor: numbers may move in their last bits, no answer may.

Usage: python .ci/other_cpu.py COMMAND [ARGUMENT ...]

NumPy, OpenBLAS and the C library choose code by what the processor can do. Here NumPy is held to the least
that it was built for, and on x86-64 the other two to a processor without AVX2 and fused multiply-add. Where
there is nothing to switch off the command runs as it would anyway.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import numpy as np

WITHOUT_WIDE_VECTORS = {
    "OPENBLAS_CORETYPE": "Nehalem",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F",
}


def other_cpu() -> dict[str, str]:
    """Return the environment in which the command runs.

    Only what this processor has is switched off: of a feature that it lacks, or that this NumPy has no code
    for, NumPy would complain.
    """
    environment = {name: value for name, value in os.environ.items() if name != "NPY_ENABLE_CPU_FEATURES"}
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    # What is off already is not found, and has to stay off.
    already = environment.get("NPY_DISABLE_CPU_FEATURES", "").replace(",", " ").split()
    environment["NPY_DISABLE_CPU_FEATURES"] = " ".join([*already, *found])
    if platform.machine().lower() in {"x86_64", "amd64"}:
        environment |= WITHOUT_WIDE_VECTORS
    return environment


if __name__ == "__main__":
    changed = {name: value for name, value in other_cpu().items() if os.environ.get(name) != value}
    print("\n".join(f"{name}={value!r}" for name, value in changed.items()), flush=True)
    sys.exit(subprocess.run(sys.argv[1:], check=False, env=other_cpu()).returncode)  # noqa: S603  what was asked for
