"""Which cluster a command speaks to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..cluster.paths import DEFAULT_NAME, locate
from ..errors import CliError

if TYPE_CHECKING:
    from ..client.config import ClientConfig


class Target(NamedTuple):
    """As the user named it; all empty: the default local cluster."""

    name: str | None = None
    data_dir: Path | None = None
    kubeconfig: Path | None = None

    def file(self) -> Path:
        """The kubeconfig to use: the one named, that of the local cluster named, that of the default local
        cluster while it runs, $KUBECONFIG. CliError when there is none."""
        if self.kubeconfig is not None:
            return _existing(self.kubeconfig)
        if self.name is not None or self.data_dir is not None:
            return _local(self.name or DEFAULT_NAME, self.data_dir)
        from ..cluster import state

        if state.running(locate()) is not None:
            return locate().admin
        listed = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
        return _existing(Path(listed[0])) if listed else _local(DEFAULT_NAME, None)

    def config(self) -> ClientConfig:
        """Server and identity. CliError when the file cannot be used."""
        from ..client.config import ClientConfig
        from ..client.errors import ConfigError

        try:
            return ClientConfig.from_kubeconfig(self.file(), "wherry")
        except ConfigError as error:
            raise CliError(str(error)) from None


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise CliError(f"there is no kubeconfig {path}")
    return path


def _local(name: str, data_dir: Path | None) -> Path:
    from ..cluster import state

    paths = locate(name, data_dir)
    if state.running(paths) is None:
        others = [n for n in state.known() if state.running(locate(n)) is not None]
        hint = f" Running: {', '.join(others)}; choose with --name." if others else ""
        flag = "" if name == DEFAULT_NAME else f" --name {name}"
        where = f" --data-dir {data_dir}" if data_dir is not None else flag
        raise CliError(f"cluster {data_dir or name} is not running: start it with `wherry up{where}`.{hint}")
    return paths.admin
