"""exec, logs and port-forward of the node server, with real processes behind it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import orjson
from aiohttp import test_utils
from wherry.apimachinery import spdy
from wherry.apimachinery.clock import SystemClock
from wherry.kubelet.runtime.contract import ContainerSpec, Sandbox
from wherry.kubelet.runtime.process.runtime import ProcessRuntime
from wherry.kubelet.server.app import NodeServer
from wherry.kubelet.worker.records import Record

from tests.support import run

IP = "127.127.7.1"


class Pods:
    """A manager with one pod."""

    def __init__(self, worker: Any) -> None:
        self.worker = worker

    def find(self, namespace: str, name: str) -> Any:
        return self.worker if (namespace, name) == ("default", "p") else None


@contextlib.asynccontextmanager
async def node(directory: Path, *argv: str, **more: Any) -> AsyncIterator[test_utils.TestClient[Any, Any]]:
    runtime = ProcessRuntime(directory, linger=5)
    await runtime.open()
    sandbox = Sandbox("u", "default", "p", "p", directory / "pod", IP)
    log_path = directory / "pod" / "logs" / "c" / "0.log"
    spec = ContainerSpec("c0", "c", 0, sandbox, "busybox", argv, log_path=log_path, **more)
    record = Record({"name": "c", "image": "busybox"}, False)
    record.attempt = 0
    record.run("c0", SystemClock())
    runtime.on_exit(lambda state: record.end(state.exit_code, 0, "", "", "", SystemClock()))
    worker = SimpleNamespace(name="default/p", sandbox=sandbox, directory=directory / "pod")
    worker.record = lambda name: record if name == "c" else None
    server = NodeServer(Pods(worker), runtime, SimpleNamespace(name="n", ip=IP), SystemClock(), directory)  # type: ignore[arg-type]
    await runtime.start_container(spec)
    async with test_utils.TestClient(test_utils.TestServer(server.application())) as client:
        yield client
    await runtime.close()


async def execute(client: Any, query: str, *sent: bytes) -> dict[int, bytes]:
    """Everything received, by channel."""
    found: dict[int, bytes] = {}
    path = f"/exec/default/p/c?stdout=1&stderr=1&{query}"
    async with client.ws_connect(path, protocols=("v5.channel.k8s.io",)) as socket:
        for message in sent:
            await socket.send_bytes(message)
        async for received in socket:
            found[received.data[0]] = found.get(received.data[0], b"") + received.data[1:]
    return found


def test_exec_separates_the_streams_and_tells_the_exit_code(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, "sleep", "100") as client:
            script = "command=sh&command=-c&command=echo+out;+echo+err+>%262;+exit+3"
            found = await execute(client, script)
            assert (found[1], found[2]) == (b"out\n", b"err\n")
            status = orjson.loads(found[3])
            assert (status["status"], status["reason"]) == ("Failure", "NonZeroExitCode")
            assert status["details"]["causes"] == [{"reason": "ExitCode", "message": "3"}]

    run(scenario())


def test_exec_reads_standard_input_until_it_is_closed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, "sleep", "100") as client:
            found = await execute(client, "stdin=1&command=cat", b"\x00hello", b"\xff\x00")
            assert (found[1], orjson.loads(found[3])["status"]) == (b"hello", "Success")

    run(scenario())


def test_exec_with_a_terminal_knows_its_size(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, "sleep", "100") as client:
            size = b'\x04{"Width":123,"Height":45}'
            script = "tty=1&stdin=1&command=sh&command=-c&command=read+x;+stty+size"
            found = await execute(client, script, size, b"\x00go\n")
            assert b"45 123" in found[1]

    run(scenario())


def test_exec_of_a_program_that_is_not_there(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, "sleep", "100") as client:
            status = orjson.loads((await execute(client, "command=nope"))[3])
            assert (status["reason"], status["code"]) == ("InternalError", 500)
            assert 'exec: "nope": executable file not found in $PATH' in status["message"]

    run(scenario())


def test_logs_with_their_options(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, "sh", "-c", "echo one; echo two >&2; echo three") as client:
            path = "/containerLogs/default/p/c"
            text = ""
            while text.count("\n") < 3:
                text = await (await client.get(path)).text()
            assert sorted(text.split()) == ["one", "three", "two"]
            assert (await (await client.get(f"{path}?stream=Stderr")).text()) == "two\n"
            assert len((await (await client.get(f"{path}?tailLines=1")).text()).splitlines()) == 1
            assert len(await (await client.get(f"{path}?limitBytes=5")).text()) == 5
            stamped = await (await client.get(f"{path}?timestamps=true&tailLines=1")).text()
            assert stamped[10] == "T"
            assert (await (await client.get(f"{path}?sinceTime=2999-01-01T00:00:00Z")).text()) == ""

    run(scenario())


def test_following_ends_with_the_container(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, "sh", "-c", "echo one; sleep 0.3; echo two") as client:
            answer = await client.get("/containerLogs/default/p/c?follow=true")
            assert await answer.text() == "one\ntwo\n"

    run(scenario())


def test_wrong_questions_get_a_status(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, "sleep", "100") as client:
            cases = {
                "/containerLogs/default/none/c": 404,
                "/containerLogs/default/p/none": 400,
                "/containerLogs/default/p/c?previous=true": 400,
                "/containerLogs/default/p/c?tailLines=x": 400,
                "/exec/default/p/c": 400,
                "/portForward/default/p": 400,
            }
            for path, code in cases.items():
                answer = await client.get(path)
                assert (answer.status, (await answer.json())["kind"]) == (code, "Status"), path

    run(scenario())


async def _forward(client: Any, port: int, request: bytes) -> tuple[bytes, bytes]:
    """What came back on the data and the error stream of one forwarded connection."""
    framer = spdy.Framer()
    protocols = ("SPDY/3.1+portforward.k8s.io",)
    got = {1: b"", 3: b""}
    async with client.ws_connect("/portForward/default/p", protocols=protocols) as socket:
        assert socket.protocol == protocols[0]
        headers = {"port": str(port), "requestid": "0"}
        await socket.send_bytes(framer.syn_stream(1, {"streamtype": "error", **headers}, spdy.FIN))
        await socket.send_bytes(framer.syn_stream(3, {"streamtype": "data", **headers}))
        await socket.send_bytes(spdy.data_frame(3, request))
        open_streams = {1, 3}
        while open_streams:
            message = await socket.receive()
            assert message.type is aiohttp.WSMsgType.BINARY
            for frame in framer.feed(message.data):
                if frame.kind == spdy.DATA:
                    got[frame.stream] += frame.data
                    if frame.flags & spdy.FIN:
                        open_streams.discard(frame.stream)
    return got[3], got[1]


def test_port_forward_carries_a_request(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, "demo", standin="demo") as client:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection(IP, 8888)
                    writer.close()
                    break
                await asyncio.sleep(0.01)
            request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            data, error = await _forward(client, 8888, request)
            assert data.endswith("Hello, 世界\n".encode()) and not error

    run(scenario())


def test_port_forward_to_a_closed_port_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, "sleep", "100") as client:
            _, error = await _forward(client, 9, b"")
            assert error.startswith(b"error forwarding port 9 to pod default/p: ")

    run(scenario())


def test_attach_joins_the_running_program(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, "sh", "-c", "read x; echo got $x", stdin=True) as client:
            path = "/attach/default/p/c?stdin=1&stdout=1&stderr=1"
            async with client.ws_connect(path, protocols=("v5.channel.k8s.io",)) as socket:
                await socket.send_bytes(b"\x00word\n")
                received = [message.data async for message in socket]
        assert b"".join(m[1:] for m in received if m[0] == 1) == b"got word\n"
        assert orjson.loads(received[-1][1:])["status"] == "Success"

    run(scenario())


def test_who_has_said_everything_leaves_a_program_that_hears_others(tmp_path: Path) -> None:
    """Without stdinOnce the input stays open: «… run and attach with stdin with open stdin should remain
    running»"""

    async def scenario() -> None:
        async with node(tmp_path, "sh", "-c", "read x; read y; echo got $x $y", stdin=True) as client:
            path = "/attach/default/p/c?stdin=1&stdout=1&stderr=1"
            async with client.ws_connect(path, protocols=("v5.channel.k8s.io",)) as first:
                await first.send_bytes(b"\x00one\n")
                await first.send_bytes(b"\xff\x00")
                left = [message.data async for message in first]
            async with client.ws_connect(path, protocols=("v5.channel.k8s.io",)) as second:
                await second.send_bytes(b"\x00two\n")
                received = [message.data async for message in second]
        assert orjson.loads(left[-1][1:])["status"] == "Success"
        assert b"".join(m[1:] for m in received if m[0] == 1) == b"got one two\n"

    run(scenario())


def test_attach_to_a_container_that_has_ended_fails(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with node(tmp_path, "true") as client:
            answer = await client.get("/containerLogs/default/p/c?follow=true")
            await answer.read()
            async with client.ws_connect("/attach/default/p/c", protocols=("v5.channel.k8s.io",)) as socket:
                received = [message.data async for message in socket]
        status = orjson.loads(received[-1][1:])
        assert (status["status"], status["code"]) == ("Failure", 500)
        assert "error attaching to container: container not running" in status["message"]

    run(scenario())
