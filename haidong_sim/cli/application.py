"""Puts the commands together and turns every expected failure into one message and an exit code."""

from __future__ import annotations

import io
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from haidong_sim.cli import commands
from haidong_sim.errors import HaidongSimError

if TYPE_CHECKING:
    from collections.abc import Sequence


CHECK_FAILED: Final = 1
BAD_INPUT: Final = 2
INTERRUPTED: Final = 130


class _Commands(TyperGroup):
    """The group of all commands; what they raise on purpose ends in a message, never in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except HaidongSimError as error:
            _refuse(str(error), BAD_INPUT)
        except BrokenPipeError:
            # Whoever read our output has seen enough; click ends such a run quietly.
            raise
        except OSError as error:
            _refuse(f"{error.filename or 'a file'}: {error.strerror or error}", BAD_INPUT)
        except KeyboardInterrupt:
            _refuse("interrupted; nothing is half written", INTERRUPTED)


def _refuse(message: str, code: int) -> None:
    typer.echo(f"haidong-sim: {message}", err=True)
    raise typer.Exit(code)


def build_application() -> typer.Typer:
    """Return the application with every command of the folder `commands`."""
    app = typer.Typer(
        cls=_Commands,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        help="Where a city's economy goes, and which of its plan's targets are met, with what probability.",
        epilog="Start with:  haidong-sim run plan",
    )
    app.callback()(_root)
    for found in sorted(iter_modules(commands.__path__), key=lambda module: module.name):
        module = import_module(f"{commands.__name__}.{found.name}")
        app.command(module.NAME)(module.command)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Names of targets are Chinese: a pipe gets UTF-8, an old terminal a question mark.
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    build_application()(args=None if arguments is None else list(arguments))


def _show_version(is_asked: bool) -> None:  # noqa: FBT001  the signature of a typer callback
    if is_asked:
        import haidong_sim

        typer.echo(f"haidong-sim {haidong_sim.__version__}")
        raise typer.Exit


def _root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and stop.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Where a city's economy goes, and which of its plan's targets are met, with what probability."""
