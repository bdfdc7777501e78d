"""The command line: one module per command, each loading what it needs only when it is called."""

from haidong_sim.cli.application import main

__all__ = ["main"]
