"""What a running cluster leaves in its data directory for other commands: spec, supervisor, processes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection
from pathlib import Path

from pydantic import BaseModel, Field

from ..errors import CliError
from .paths import ClusterPaths, home
from .spec import SLOTS, ClusterSpec

SLOT_FILE = "slot"


class ClusterState(BaseModel):
    """`run/cluster.json`. `pids` are the components' processes by name."""

    spec: ClusterSpec
    supervisor: int
    pids: dict[str, int] = Field(default_factory=dict)
    ready: bool = False

    def write(self, paths: ClusterPaths) -> None:
        paths.state.parent.mkdir(parents=True, exist_ok=True)
        draft = paths.state.with_suffix(".new")
        draft.write_text(self.model_dump_json(indent=2))
        draft.replace(paths.state)


def read(paths: ClusterPaths) -> ClusterState | None:
    """The state left there, whether or not its processes still run."""
    try:
        return ClusterState.model_validate_json(paths.state.read_text())
    except FileNotFoundError:
        return None


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def running(paths: ClusterPaths) -> ClusterState | None:
    """The state of a cluster whose supervisor is alive."""
    state = read(paths)
    return state if state is not None and alive(state.supervisor) else None


def lock(paths: ClusterPaths) -> int:
    """Takes the data directory for this process; the descriptor keeps it. CliError when it is in use."""
    paths.lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(paths.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        state = read(paths)
        who = f" by process {state.supervisor}" if state else ""
        raise CliError(
            f"the data directory {paths.root} is in use{who}: a cluster is running there. "
            "Stop it with `wherry down`, or choose another --name or --data-dir."
        ) from None
    return descriptor


class Slot:
    """A machine-wide claim on one of the address ranges, held while the process lives."""

    def __init__(self) -> None:
        self._descriptor = -1

    def take(self, wanted: int | None = None, avoid: Collection[int] = ()) -> int:
        """The wanted slot, or the first free one, if possible none of `avoid`. CliError when none is left."""
        directory = Path(os.environ.get("WHERRY_RUN", "/tmp")) / f"wherry-slots-{os.getuid()}"
        directory.mkdir(mode=0o700, exist_ok=True)
        free = sorted(range(SLOTS), key=lambda number: (number in avoid, number))
        for number in [wanted] if wanted is not None else free:
            descriptor = os.open(directory / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            self._descriptor = descriptor
            return number
        if wanted is not None:
            raise CliError(
                f"another cluster uses address range {wanted}, which this data belongs to: stop it first, "
                "or start afresh with another --name or --data-dir"
            )
        raise CliError(
            f"all {SLOTS} address ranges of this machine are taken: stop a cluster with `wherry down`"
        )

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def remembered(paths: ClusterPaths) -> int | None:
    """The slot that the data in this directory belongs to."""
    try:
        return int((paths.root / SLOT_FILE).read_text())
    except FileNotFoundError:
        return None


def remember(paths: ClusterPaths, slot: int) -> None:
    (paths.root / SLOT_FILE).write_text(str(slot))


def known() -> list[str]:
    """Names of the clusters that have a data directory."""
    root = home()
    return sorted(path.name for path in root.iterdir() if (path / "run").is_dir()) if root.is_dir() else []
