"""The runtime contract: sandboxes, containers, exec, attach, usage. Shaped like CRI (k8s.io/cri-api
runtime/v1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from .capabilities import granted


class RuntimeFault(Exception):  # noqa: N818 - RuntimeError is Python's own
    """A runtime refused; `reason` is the kubelet's waiting or terminated reason, for example "StartError"."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Mount(NamedTuple):
    """One path of the node shown inside a container."""

    container_path: str
    host_path: str
    read_only: bool = False


class PortMapping(NamedTuple):
    """A port of the node that leads to one of the pod. `address` is the node's."""

    protocol: str
    address: str
    host_port: int
    port: int
    needed: bool = True
    """Whether the pod waits while something else has it."""


class Sandbox(NamedTuple):
    """A pod's surroundings, shared by its containers. `ip` is empty for the host's network."""

    uid: str
    namespace: str
    name: str
    hostname: str
    directory: Path
    ip: str
    host_network: bool = False
    dns: tuple[str, ...] = ()
    """Lines of resolv.conf; empty: the node's own file is used."""
    hosts: tuple[str, ...] = ()
    """Lines of /etc/hosts beyond the usual ones."""
    domain: str = ""
    """What follows the host name, or ends it, in the pod's full name; empty: it has none."""
    annotations: dict[str, str] = {}
    ports: tuple[PortMapping, ...] = ()
    processes: str = ""
    """Whose processes its containers see: "" their own, "pod" those of the pod, "node" all."""


class ContainerSpec(NamedTuple):
    """Everything a runtime needs to start one container; `id` is unique for ever."""

    id: str
    name: str
    attempt: int
    sandbox: Sandbox
    image: str
    argv: tuple[str, ...]
    standin: str = ""
    """A built-in stand-in to run instead of executing `argv`."""
    env: dict[str, str] = {}
    working_dir: str = ""
    mounts: tuple[Mount, ...] = ()
    log_path: Path = Path("/dev/null")
    tty: bool = False
    stdin: bool = False
    stdin_once: bool = False
    memory_limit: int = 0
    """Bytes; 0 is no limit."""
    cpu_limit: int = 0
    """Thousandths of a CPU; 0 is no limit."""
    memory_request: int = 0
    """Bytes."""
    cpu_request: int = 0
    """Thousandths of a CPU."""
    user: int = -1
    group: int = -1
    groups: tuple[int, ...] = ()
    read_only_root: bool = False
    capabilities: int = granted({})
    """Bits by number."""
    no_new_privileges: bool = False
    oom_score: int = 0
    """How soon the kernel ends it when memory runs out: -1000 never, 1000 first."""
    privileged: bool = False
    sysctls: dict[str, str] = {}
    """Of the pod's own namespaces."""
    folders: tuple[str, ...] = ()
    """Directories of the image."""
    target: str = ""
    """The container of the sandbox whose processes it sees beside its own."""
    ports: tuple[int, ...] = ()


class ContainerState(NamedTuple):
    """What became of a container; times are wall seconds since 1970, `exit_code` counts a signal as 128 +
    n."""

    id: str
    pod_uid: str
    name: str
    attempt: int
    running: bool
    pid: int = 0
    started_at: float = 0.0
    finished_at: float = 0.0
    exit_code: int = 0
    signal: int = 0
    reason: str = ""
    message: str = ""


class Limits(NamedTuple):
    """What a container may use: bytes and thousandths of a CPU; 0 is no limit. `cpu_request` is its share
    when others want it, too."""

    memory: int = 0
    cpu: int = 0
    cpu_request: int = 0


class Usage(NamedTuple):
    """CPU in nanoseconds since the start, memory in bytes not shared with others. `at`: the moment at which
    they were so, where the runtime knows it better than who asks."""

    cpu_nanos: int
    memory_bytes: int
    at: datetime | None = None


class Session(Protocol):
    """A running exec. Descriptors are this process' ends and belong to the caller; -1 where there is none."""

    stdin: int
    stdout: int
    stderr: int
    """With a terminal, stdin and stdout are the same descriptor (the terminal's master side)."""

    async def wait(self) -> int:
        """The exit code."""

    def kill(self) -> None:
        """Ends the process at once."""


class Runtime(Protocol):
    """Implementations: `process.runtime.ProcessRuntime`, `simulated.SimulatedRuntime`."""

    name: str
    version: str
    isolated_network: bool
    """Whether every pod answers at its own pod IP without the program's help."""

    def on_exit(self, handler: Callable[[ContainerState], None]) -> None:
        """Registers the one receiver of ends of containers."""

    async def open(self) -> None:
        """Starts, or finds the containers that outlived an earlier kubelet."""

    async def close(self) -> None:
        """Stops every container and the runtime itself."""

    async def run_sandbox(self, sandbox: Sandbox) -> None:
        """Prepares a pod's directory and network; idempotent. RuntimeFault when it cannot."""

    async def remove_sandbox(self, uid: str) -> None:
        """Forgets a pod whose containers have ended."""

    async def start_container(self, spec: ContainerSpec) -> ContainerState:
        """Starts; RuntimeFault when the program cannot be started."""

    async def signal(self, container_id: str, number: int) -> None:
        """Signals the main process; SIGKILL ends everything in the container. Unknown ids are ignored."""

    async def remove_container(self, container_id: str) -> None:
        """Forgets an ended container; its log stays."""

    async def exec(self, container_id: str, argv: list[str], *, tty: bool, stdin: bool) -> Session:
        """Runs a program beside the container's; RuntimeFault when it cannot be started."""

    async def attach(self, container_id: str, *, stdin: bool) -> Session:
        """Joins the streams of the container's main process; `wait` is its exit code."""

    def containers(self) -> list[ContainerState]:
        """All containers not yet removed."""

    def limit(self, container_id: str, limits: Limits) -> None:
        """Changes what a running container may use."""

    def usage(self, container_id: str) -> Usage | None:
        """None when it does not run."""

    def node_usage(self) -> Usage:
        """Of the whole node; CPU since some moment in the past."""

    async def resize(self, session: Session, width: int, height: int) -> None:
        """Sets the terminal size of a session that has one."""
