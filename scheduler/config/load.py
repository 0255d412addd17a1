"""Reads a KubeSchedulerConfiguration: strict decoding, defaults, validation, and what each profile comes to.

Every refusal is a `ConfigurationError` that names the file and the field.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from ...apimachinery import field
from ...client import tls
from ...client.errors import ConfigError
from . import arguments, validation
from .args import ARGS, Args, NodeResourcesFitArgs
from .model import API_GROUP, API_VERSION, KIND, Configuration, Part, Profile
from .points import PluginError, expand
from .resolved import Resolved, default
from .target import target

P = TypeVar("P", bound=Part)

DEFAULT_NAME = "default-scheduler"
FIT = "NodeResourcesFit"


class ConfigurationError(Exception):
    """Something that a person has to change in the file."""


class Loaded(NamedTuple):
    config: Configuration
    profiles: tuple[Resolved, ...]


def without_file(scheduler_name: str) -> Loaded:
    """What a scheduler does of which nothing but the name of its only profile was said."""
    return Loaded(Configuration.model_construct(), (default(scheduler_name),))


def is_configuration(values: Any) -> bool:
    """Whether a file is meant to be one of these, of whatever version."""
    if not isinstance(values, dict):
        return False
    return values.get("kind") == KIND or str(values.get("apiVersion", "")).startswith(f"{API_GROUP}/")


def load(path: Path) -> Loaded:
    """Raises ConfigurationError."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}") from None
    try:
        return parse(text)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def parse(text: bytes) -> Loaded:
    """Raises ConfigurationError."""
    from ...apimachinery.serializer import yaml_io

    try:
        values, repeated = yaml_io.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"not YAML: {error}") from None
    _versioned(values)
    if repeated:
        raise ConfigurationError(f"strict decoding error: {', '.join(repeated)}")
    config = _read(Configuration, values, "")
    profiles = config.profiles or [Profile.model_construct()]
    if len(profiles) == 1 and profiles[0].scheduler_name is None:
        profiles = [profiles[0].model_copy(update={"scheduler_name": DEFAULT_NAME})]
    config = config.model_copy(update={"profiles": profiles})
    args = [_arguments(profile, i) for i, profile in enumerate(profiles)]
    errors = list(validation.problems(config))
    for i, listed in enumerate(args):
        for number, value in listed:
            at = field.child(
                field.index(field.child(field.index("profiles", i), "pluginConfig"), number), "args"
            )
            errors += arguments.problems(value, at)
    if errors:
        raise ConfigurationError(_listed([str(error) for error in errors]))
    for number, extender in enumerate(config.extenders):
        try:
            tls.context(target(extender))
        except ConfigError as error:
            raise ConfigurationError(f"extenders[{number}].tlsConfig: {error}") from None
    return Loaded(config, tuple(_resolved(config, p, a) for p, a in zip(profiles, args, strict=True)))


def _versioned(values: Any) -> None:
    if not isinstance(values, dict) or not values.get("kind"):
        raise ConfigurationError("Object 'Kind' is missing")
    kind, version = values["kind"], values.get("apiVersion", "")
    if not version:
        raise ConfigurationError("Object 'apiVersion' is missing")
    if (kind, version) != (KIND, API_VERSION):
        raise ConfigurationError(f'no kind "{kind}" is registered for version "{version}"')


def _arguments(profile: Profile, number: int) -> list[tuple[int, Args]]:
    """With their places in `pluginConfig`. Those of plug-ins that take none are nobody's business."""
    found = []
    for i, config in enumerate(profile.plugin_config):
        kind = ARGS.get(config.name)
        if kind is None:
            continue
        values = config.args or {}
        if values.get("kind", kind.__name__) != kind.__name__:
            raise ConfigurationError(
                f"profiles[{number}].pluginConfig[{i}].args: args for plugin {config.name} were not of type "
                f"{API_VERSION}, Kind={kind.__name__}, got {values.get('apiVersion')}, Kind={values['kind']}"
            )
        found.append((i, _read(kind, values, f"profiles[{number}].pluginConfig[{i}].args")))
    return found


def _resolved(config: Configuration, profile: Profile, args: list[tuple[int, Args]]) -> Resolved:
    name = profile.scheduler_name or DEFAULT_NAME
    share = profile.percentage_of_nodes_to_score
    if share is None:
        share = config.percentage_of_nodes_to_score or 0
    try:
        enabled = expand(profile.plugins, name)
    except PluginError as error:
        raise ConfigurationError(f"creating profile for scheduler name {name}: {error}") from None
    by_plugin = {profile.plugin_config[i].name: value for i, value in args}
    by_plugin |= _left_to_extenders(config, by_plugin.get(FIT))
    return Resolved(name, share, enabled, by_plugin)


def _left_to_extenders(config: Configuration, fit: Args | None) -> dict[str, Args]:
    """The arguments of NodeResourcesFit, which leaves alone what extenders want to count themselves; that
    stands whatever resources it was told to ignore."""
    ignored = [r.name for e in config.extenders for r in e.managed_resources if r.ignored_by_scheduler]
    if not ignored:
        return {}
    known = fit or NodeResourcesFitArgs.model_construct()
    return {FIT: known.model_copy(update={"ignored_resources": ignored})}


def _read(kind: type[P], values: dict[str, Any], path: str) -> P:
    try:
        return kind.model_validate(_without_nulls(values), by_alias=True, by_name=False)
    except ValidationError as error:
        unknown = [_at(path, e["loc"]) for e in error.errors() if e["type"] == "extra_forbidden"]
        if unknown:
            fields = ", ".join(f'unknown field "{at}"' for at in unknown)
            raise ConfigurationError(f"strict decoding error: {fields}") from None
        found = [f"{_at(path, e['loc'])}: {_words(e['msg'], e['input'])}" for e in error.errors()]
        raise ConfigurationError(_listed(found)) from None


def _at(path: str, places: tuple[int | str, ...]) -> str:
    for place in places:
        path = field.index(path, place) if isinstance(place, int) else field.child(path, place)
    return path


def _words(message: str, value: Any) -> str:
    text = message.removeprefix("Value error, ").replace("Input should be", "expected")
    return f"{text}, found {field.show(value)}"


def _listed(errors: list[str]) -> str:
    return errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]"


def _without_nulls(value: Any) -> Any:
    """A field that is null is as if it were absent."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
