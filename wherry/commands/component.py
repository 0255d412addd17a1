"""`wherry apiserver|controllers|scheduler|kubelet|metrics|proxy`: one component in the foreground.

Its settings are those of the room's `Settings`; they come from a YAML file, from `--set name=value`, or both.
The scheduler's file may also be a KubeSchedulerConfiguration.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import CliError

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

TITLES = {
    "apiserver": "Run the API server alone.",
    "controllers": "Run the controllers alone.",
    "scheduler": "Run the scheduler alone.",
    "kubelet": "Run one node's kubelet alone.",
    "metrics": "Run the metrics server alone.",
    "proxy": "Run a machine's service proxy alone.",
}


def command(room: str) -> Callable[..., None]:
    """The command of one room."""

    def run(
        config: Annotated[Path | None, typer.Option("--config", help="YAML file of settings.")] = None,
        settings: Annotated[
            list[str] | None,
            typer.Option("--set", metavar="NAME=VALUE", help="One setting; the value is YAML."),
        ] = None,
        show: Annotated[
            bool, typer.Option("--settings", help="List the settings and their defaults.")
        ] = False,
    ) -> None:
        if show:
            print(listing(model(room)))
            return
        pairs = settings or []
        if room == "scheduler" and config is not None and (given := scheduler_settings(config)) is not None:
            config, pairs = None, [*given, *pairs]
        found = read(model(room), config, pairs)
        if room == "controllers":
            check_controllers(found.model_dump()["controllers"])
        raise typer.Exit(_serve(room, found))

    run.__doc__ = TITLES[room]
    return run


def model(room: str) -> type[BaseModel]:
    import importlib

    found: type[BaseModel] = importlib.import_module(f"wherry.{room}.settings").Settings
    return found


def scheduler_settings(path: Path) -> list[str] | None:
    """What a KubeSchedulerConfiguration says as settings; None for other files. CliError when it is wrong."""
    from ..scheduler.config.load import ConfigurationError, is_configuration, load

    if not is_configuration(_file(path)):
        return None
    try:
        kubeconfig = load(path).config.client_connection.kubeconfig
    except ConfigurationError as error:
        raise CliError(str(error), 2) from None
    return [f"config={path}", *([f"kubeconfig={kubeconfig}"] if kubeconfig else [])]


def check_controllers(names: list[str]) -> None:
    """CliError when `--controllers` names one that does not exist."""
    if names == ["*"]:
        return
    from ..controllers import catalog

    try:
        catalog.select(names)
    except ValueError as error:
        raise CliError(f"--controllers: {error}") from None


def listing(settings: type[BaseModel]) -> str:
    """One line per setting: name, default."""
    from ..access import table

    rows = []
    for name, field in settings.model_fields.items():
        default = "(required)" if field.is_required() else repr(field.get_default(call_default_factory=True))
        rows.append([name, default])
    return table.plain(["setting", "default"], rows)


def read(settings: type[BaseModel], config: Path | None, pairs: list[str]) -> BaseModel:
    """The settings; `pairs` win over the file. CliError names what is wrong."""
    import yaml
    from pydantic import ValidationError

    values: dict[str, Any] = _file(config) if config is not None else {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise CliError(f"--set {pair}: expected NAME=VALUE")
        try:
            values[name] = yaml.safe_load(text) if text else ""
        except yaml.YAMLError:
            values[name] = text
    if unknown := set(values) - set(settings.model_fields):
        known = ", ".join(settings.model_fields)
        raise CliError(f"unknown setting {', '.join(sorted(unknown))}: there are {known}")
    try:
        return settings.model_validate(values)
    except ValidationError as error:
        raise CliError(_words(error)) from None


def _file(path: Path) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(path.read_text()) or {}
    except OSError as error:
        raise CliError(f"{path}: {error.strerror or error}") from None
    except yaml.YAMLError as error:
        raise CliError(f"{path}: not YAML: {error}") from None
    if not isinstance(values, dict):
        raise CliError(f"{path}: expected a mapping of settings")
    return values


def _words(error: ValidationError) -> str:
    problems = [f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()]
    return "; ".join(problems)


def _serve(room: str, settings: BaseModel) -> int:
    import importlib

    from ..apimachinery.clock import SystemClock
    from ..cluster.process import run_component

    clock = SystemClock(float(getattr(settings, "time_scale", 1.0)))
    main = importlib.import_module(f"wherry.{room}.main")
    return run_component(room, lambda: main.run(settings, clock))
