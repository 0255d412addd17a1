"""`wherry apiserver`, `controllers`, `scheduler`, `kubelet`, `proxy`: one component in the foreground.

Each is told the settings of its room (`<room>/settings.py`), from a YAML file, from `--set`, or from both.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from ..errors import CliError

ROOMS: dict[str, str] = {
    "apiserver": "the API server, with the store and the certificates",
    "controllers": "the controllers",
    "scheduler": "the scheduler",
    "kubelet": "one node",
    "proxy": "the Services of one machine",
}
"""Component → what it runs, as the help says it."""

Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="YAML file with the component's settings.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="One setting; the value is YAML. Wins over the file."),
]


def commands() -> list[Callable[..., Any]]:
    """A command per component."""
    return [_command(room, what) for room, what in ROOMS.items()]


def _command(room: str, what: str) -> Callable[..., Any]:
    def command(config: Config = None, assignments: Set = None) -> None:
        raise typer.Exit(run(room, config, assignments or []))

    command.__name__ = room
    command.__doc__ = f"Run {what}, until it is told to end. Settings: {room}/settings.py."
    return command


def run(room: str, config: Path | None, assignments: list[str]) -> int:
    """Runs the component of `room` and returns its exit code. CliError when the settings are wrong."""
    from ..apimachinery.clock import SystemClock
    from ..cluster.process import run_component

    settings = load(room, config, assignments)
    clock = SystemClock(settings.time_scale)
    main = importlib.import_module(f"wherry.{room}.main")
    return run_component(room, lambda: main.run(settings, clock))


def load(room: str, config: Path | None, assignments: list[str]) -> Any:
    """The room's `Settings`. CliError names each setting that is unknown, missing or wrong."""
    from pydantic import ValidationError

    found = {**(_file(config) if config is not None else {}), **dict(map(_assignment, assignments))}
    model = importlib.import_module(f"wherry.{room}.settings").Settings
    unknown = [f"  {name}: no such setting" for name in found if name not in model.model_fields]
    try:
        settings = model.model_validate(found)
    except ValidationError as error:
        problems = [f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    else:
        problems = []
    if unknown or problems:
        lines = "\n".join(unknown + problems)
        raise CliError(
            f"the settings of the {room} are wrong:\n{lines}\nThere are: {', '.join(model.model_fields)}"
        )
    return settings


def _file(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text())
    except OSError as error:
        raise CliError(f"cannot read {path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise CliError(f"{path} is not YAML: {error}") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise CliError(f"{path} holds no settings: it must be a mapping of names to values")
    return found


def _assignment(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CliError(f"--set {text}: say NAME=VALUE")
    try:
        return name, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise CliError(f"--set {text}: the value is not YAML: {error}") from None
