"""The Python API: a throw-away cluster for a script or a test.

    with Cluster(nodes=2) as cluster:
        cluster.apply("manifests/demo")
        print(cluster.get("pods"))

`AsyncCluster` is the same for asyncio; its `client` speaks to the API directly.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from .access import apply, kinds, manifests, refs
from .access.progress import Silent
from .client.client import Client
from .client.config import ClientConfig
from .errors import CliError

T = TypeVar("T")
Object = dict[str, Any]
Source = str | Path | Object | list[Object]
"""A file, a directory, an object, or several objects."""
WAIT_SECONDS = 60.0


class AsyncCluster:
    """A cluster of its own processes, with its data in a temporary directory unless `data_dir` is given.

    Entering starts it and returns once every node is Ready; leaving stops it and removes temporary data.
    CliError says why it cannot be started.
    """

    def __init__(
        self,
        *,
        nodes: int = 1,
        runtime: str = "process",
        data_dir: Path | None = None,
        storage: str = "memory",
        time_scale: float = 1.0,
        port: int = 0,
    ) -> None:
        self._options = {
            "--nodes": str(nodes),
            "--runtime": runtime,
            "--storage": storage,
            "--time-scale": str(time_scale),
        }
        self._port = port
        self._temporary = data_dir is None
        self._wanted = data_dir
        self._stack = contextlib.AsyncExitStack()
        self._client: Client | None = None
        self.data_dir = Path()

    @property
    def kubeconfig(self) -> Path:
        """A file for kubectl and client libraries."""
        return self.data_dir / "kubeconfig.yaml"

    @property
    def client(self) -> Client:
        """The administrator's client."""
        if self._client is None:
            raise RuntimeError("the cluster is not running")
        return self._client

    async def __aenter__(self) -> Self:
        self.data_dir = (self._wanted or Path(tempfile.mkdtemp(prefix="wherry-"))).resolve()
        try:
            await self._up()
            config = ClientConfig.from_kubeconfig(self.kubeconfig, "wherry")
            self._client = await self._stack.enter_async_context(Client(config))
        except BaseException:
            self._forget()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        self._client = None
        try:
            await _wherry("down", "--data-dir", str(self.data_dir))
        finally:
            self._forget()

    async def _up(self) -> None:
        port = str(self._port or free_port())
        pairs = self._options | {"--port": port, "--kubeconfig": str(self.kubeconfig)}
        options = [word for pair in pairs.items() for word in pair]
        await _wherry("up", "--detach", "--data-dir", str(self.data_dir), *options)

    def _forget(self) -> None:
        if self._temporary:
            shutil.rmtree(self.data_dir, ignore_errors=True)

    async def apply(
        self, source: Source, *, namespace: str = "default", wait: float = WAIT_SECONDS
    ) -> list[Object]:
        """Applies manifests and waits until they are ready, at most `wait` seconds (0: not at all)."""
        applier = apply.Applier(self.client, namespace)
        applied = [await applier.apply(obj) for obj in _objects(source)]
        if wait:
            await apply.wait(self.client, applied, wait, Silent())
        return [one.object for one in applied]

    async def get(self, kind: str, name: str = "", namespace: str = "default") -> list[Object]:
        """The objects of a kind, or the one of that name. `kind` as on the command line: `pods`, `deploy`."""
        found = refs.parse(await kinds.discover(self.client), [kind])[0].kind.resource
        where = namespace if found.namespaced else ""
        if name:
            return [await self.client.get(found, name, where)]
        items: list[Object] = (await self.client.list(found, where))["items"]
        return items

    async def wait(
        self, kind: str, name: str, namespace: str = "default", *, seconds: float = WAIT_SECONDS
    ) -> None:
        """Returns once the object is ready, by the rules of `wherry apply --wait`."""
        found = refs.parse(await kinds.discover(self.client), [kind])[0].kind
        obj = await self.client.get(found.resource, name, namespace if found.resource.namespaced else "")
        await apply.wait(self.client, [apply.Applied(found, obj, "unchanged")], seconds, Silent())


class Cluster:
    """`AsyncCluster` for code without asyncio: the same methods, blocking."""

    def __init__(self, **options: Any) -> None:
        self._inner = AsyncCluster(**options)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        try:
            self._run(self._inner.__aenter__())
        except BaseException:
            self._runner.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._run(self._inner.__aexit__(kind, error, trace))
        finally:
            self._runner.close()

    @property
    def kubeconfig(self) -> Path:
        return self._inner.kubeconfig

    @property
    def data_dir(self) -> Path:
        return self._inner.data_dir

    def apply(
        self, source: Source, *, namespace: str = "default", wait: float = WAIT_SECONDS
    ) -> list[Object]:
        return self._run(self._inner.apply(source, namespace=namespace, wait=wait))

    def get(self, kind: str, name: str = "", namespace: str = "default") -> list[Object]:
        return self._run(self._inner.get(kind, name, namespace))

    def wait(
        self, kind: str, name: str, namespace: str = "default", *, seconds: float = WAIT_SECONDS
    ) -> None:
        self._run(self._inner.wait(kind, name, namespace, seconds=seconds))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)


def free_port() -> int:
    """A port of 127.0.0.1 that nothing uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _objects(source: Source) -> list[Object]:
    if isinstance(source, dict):
        return [source]
    return source if isinstance(source, list) else manifests.read([str(source)])


async def _wherry(*words: str) -> None:
    """Runs the command line in a process of its own: starting forks, which this process may not want."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "wherry",
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise CliError(output.decode(errors="replace").strip(), process.returncode)
