"""The process runtime with real processes: identity, files, exec, logs, ends, adoption."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from wherry.kubelet import fdio
from wherry.kubelet.runtime.contract import (
    ContainerSpec,
    ContainerState,
    Limits,
    Mount,
    RuntimeFault,
    Sandbox,
    Session,
)
from wherry.kubelet.runtime.process import cgroup
from wherry.kubelet.runtime.process.runtime import ProcessRuntime, default_env

from tests.support import run


@contextlib.asynccontextmanager
async def opened(directory: Path) -> AsyncIterator[tuple[ProcessRuntime, asyncio.Queue[ContainerState]]]:
    runtime = ProcessRuntime(directory, linger=5)
    ended: asyncio.Queue[ContainerState] = asyncio.Queue()
    runtime.on_exit(ended.put_nowait)
    await runtime.open()
    try:
        yield runtime, ended
    finally:
        await runtime.close()


def spec(directory: Path, ident: str, *argv: str, **more: Any) -> ContainerSpec:
    ip = f"127.127.9.{ord(ident[-1])}"
    sandbox = Sandbox(f"uid-{ident}", "default", ident, ident, directory / ident, ip)
    log_path = directory / ident / "0.log"
    return ContainerSpec(ident, "main", 0, sandbox, "busybox", argv, log_path=log_path, **more)


async def everything(session: Session) -> tuple[str, int]:
    text = b""
    while data := await fdio.read(session.stdout):
        text += data
    code = await session.wait()
    for descriptor in {session.stdin, session.stdout, session.stderr} - {-1}:
        os.close(descriptor)
    return text.decode(), code


async def fetch(ip: str, port: int = 8888) -> bytes:
    for _ in range(1000):
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(ip, port)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return answer
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{ip}:{port} does not answer")


def test_two_pods_listen_on_the_same_port(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, _):
            if not runtime.isolated_network:
                pytest.skip("the kernel refuses seccomp notifications here")
            # Not HTTPServer: it looks up its own name, which takes seconds where there is no DNS.
            server = "import socketserver as s, http.server as h; s.TCPServer.allow_reuse_address = True; "
            server += "s.TCPServer(('', 8888), h.SimpleHTTPRequestHandler).serve_forever()"
            await runtime.start_container(spec(tmp_path, "a", "demo", standin="demo"))
            await runtime.start_container(spec(tmp_path, "b", "python3", "-c", server))
            assert (await fetch("127.127.9.97")).endswith("Hello, 世界\n".encode())
            assert b"Directory listing" in await fetch("127.127.9.98")

    run(scenario())


def test_localhost_is_the_pod_and_peers_see_its_address(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, _):
            if not runtime.isolated_network:
                pytest.skip("the kernel refuses seccomp notifications here")
            argv = ("agnhost", "netexec", "--http-port=8080", "--udp-port=-1")
            await runtime.start_container(spec(tmp_path, "a", *argv, standin="agnhost"))
            await fetch("127.127.9.97", 8080)
            hosts = ("localhost", "0.0.0.0", "[::]")
            ask = f"import urllib.request as u\nfor host in {hosts}:\n"
            ask += " print(u.urlopen(f'http://{host}:8080/clientip').read().decode().partition(':')[0])"
            session = await runtime.exec("a", ["python3", "-c", ask], tty=False, stdin=False)
            text, code = await everything(session)
            assert (text.split(), code) == (["127.127.9.97"] * 3, 0)

    run(scenario())


def test_files_and_host_name_of_a_container_are_its_own(tmp_path: Path) -> None:
    async def scenario() -> None:
        volume = tmp_path / "volume"
        volume.mkdir()
        (volume / "key").write_text("value")
        async with opened(tmp_path) as (runtime, ended):
            if not runtime.namespaces:
                pytest.skip("the system refuses namespaces here")
            script = (
                "cat /etc/wherry-test/key; hostname; echo x > /etc/wherry-mine; echo y > /etc/wherry-test/new"
            )
            mounts = (Mount("/etc/wherry-test", str(volume), read_only=True),)
            await runtime.start_container(spec(tmp_path, "a", "sh", "-c", script, mounts=mounts))
            assert (await ended.get()).exit_code != 0, "a read-only volume cannot be written"
            assert _log(tmp_path / "a" / "0.log", "stdout") == ["valuea"]

    run(scenario())
    for path in (Path("/etc/wherry-mine"), Path("/etc/wherry-test"), tmp_path / "volume" / "new"):
        assert not path.exists()


@pytest.mark.parametrize(("user", "home"), [(-1, "/root"), (0, "/root"), (1000, "/")])
def test_only_root_has_a_home(user: int, home: str) -> None:
    assert default_env(user)["HOME"] == home


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's container does not read root's home")
def test_the_clusters_of_who_started_the_node_are_not_the_containers(
    tmp_path: Path,
) -> None:
    folder = Path("/root/.kube")
    made = not folder.exists()
    folder.mkdir(exist_ok=True)

    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, ended):
            if runtime.namespaces:
                await runtime.start_container(spec(tmp_path, "a", "sh", "-c", "ls -A $HOME/.kube; echo end"))
                await ended.get()
                log = (tmp_path / "a/0.log").read_text()
                assert log.splitlines()[0].endswith("stdout F end")

    try:
        run(scenario())
    finally:
        if made:
            with contextlib.suppress(OSError):
                folder.rmdir()


@pytest.mark.parametrize("host_network", [False, True])
def test_a_container_asks_the_name_servers_of_its_pod_and_nobody_else(
    tmp_path: Path, host_network: bool
) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, ended):
            if not runtime.namespaces:
                pytest.skip("the system refuses namespaces here")
            asking = spec(tmp_path, "a", "sh", "-c", "cat /etc/resolv.conf; grep hosts: /etc/nsswitch.conf")
            sandbox = asking.sandbox._replace(dns=("nameserver 127.48.0.10",), host_network=host_network)
            await runtime.start_container(asking._replace(sandbox=sandbox))
            assert (await ended.get()).exit_code == 0
            told = ["nameserver 127.48.0.10", "hosts: files dns"]
            assert _log(tmp_path / "a" / "0.log", "stdout") == told

    run(scenario())


def _log(path: Path, stream: str) -> list[str]:
    lines = [line.split(" ", 3) for line in path.read_text().splitlines()]
    return [line[3] for line in lines if line[1] == stream]


@pytest.mark.parametrize(
    ("script", "code", "signal"), [("exit 3", 3, 0), ("kill -9 $$", 0, 0), ("true", 0, 0)]
)
def test_how_it_ended(tmp_path: Path, script: str, code: int, signal: int) -> None:
    """The first process of a PID namespace cannot kill itself, as in a real container."""

    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, ended):
            if not runtime.namespaces:
                pytest.skip("the system refuses namespaces here")
            await runtime.start_container(spec(tmp_path, "a", "sh", "-c", script))
            state = await ended.get()
            assert (state.exit_code, state.signal, state.running) == (code, signal, False)

    run(scenario())


def test_a_killed_container_takes_its_children_along(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, ended):
            marker = tmp_path / "alive"
            script = f"(while true; do date +%N > {marker}; sleep 0.02; done) & sleep 100"
            mounts = (Mount(str(tmp_path), str(tmp_path)),)
            await runtime.start_container(spec(tmp_path, "a", "sh", "-c", script, mounts=mounts))
            while not marker.exists():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.01)
            await runtime.signal("a", 9)
            state = await ended.get()
            assert (state.exit_code, state.signal) == (137, 9)
            marker.unlink()
            await asyncio.sleep(0.1)
            assert not marker.exists()

    run(scenario())


def test_exec_reports_output_and_exit_code(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, _):
            await runtime.start_container(spec(tmp_path, "a", "sleep", "100"))
            session = await runtime.exec("a", ["sh", "-c", "echo hi; exit 7"], tty=False, stdin=False)
            assert await everything(session) == ("hi\n", 7)
            terminal = await runtime.exec("a", ["tty"], tty=True, stdin=True)
            text, code = await everything(terminal)
            assert (text.startswith("/dev/"), code) == (True, 0)
            with pytest.raises(RuntimeFault, match="OCI runtime exec failed") as fault:
                await runtime.exec("a", ["no-such-program"], tty=False, stdin=False)
            assert fault.value.message.endswith('exec: "no-such-program": executable file not found in $PATH')

    run(scenario())


LIST = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done"


async def seen(runtime: ProcessRuntime, ident: str) -> list[str]:
    """The command lines that a container sees, less those of who looks."""
    session = await runtime.exec(ident, ["sh", "-c", LIST], tty=False, stdin=False)
    text, _ = await everything(session)
    return sorted(line.strip() for line in text.splitlines() if line.startswith("sleep"))


def test_containers_see_the_processes_that_their_pod_says(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, ended):
            if not runtime.namespaces:
                return
            one = spec(tmp_path, "a", "sh", "-c", "sleep 1001 & exec sleep 1002")
            pod = one.sandbox._replace(processes="pod")
            await runtime.run_sandbox(pod)
            await runtime.start_container(one._replace(sandbox=pod))
            await runtime.start_container(spec(tmp_path, "b", "sleep", "1003")._replace(sandbox=pod))
            assert await seen(runtime, "b") == ["sleep 1001", "sleep 1002", "sleep 1003"]
            await runtime.signal("a", 9)
            assert (await ended.get()).signal == 9
            assert await seen(runtime, "b") == ["sleep 1003"]
            await runtime.remove_sandbox(pod.uid)
            assert (await ended.get()).id == "b"

    run(scenario())


def test_an_ephemeral_container_sees_the_processes_of_its_target(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, _):
            if not runtime.namespaces:
                return
            one = spec(tmp_path, "a", "sleep", "1004")
            await runtime.start_container(one)
            other = spec(tmp_path, "b", "sleep", "1005")._replace(sandbox=one.sandbox, name="debugger")
            await runtime.start_container(other._replace(target="main"))
            assert await seen(runtime, "b") == ["sleep 1004", "sleep 1005"]

    run(scenario())


def test_an_image_with_one_program_has_no_shell(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, _):
            await runtime.start_container(spec(tmp_path, "a", "/pause")._replace(standin="pause"))
            with pytest.raises(RuntimeFault, match='exec: "sh": executable file not found in \\$PATH'):
                await runtime.exec("a", ["sh"], tty=False, stdin=False)

    run(scenario())


def test_a_tool_of_the_image_is_called_again_in_its_container(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, _):
            tool = spec(tmp_path, "a", "/agnhost", "pause")._replace(standin="agnhost")
            await runtime.start_container(tool)
            again = await runtime.exec("a", ["/agnhost", "entrypoint-tester", "x"], tty=False, stdin=False)
            assert await everything(again) == ("[/agnhost entrypoint-tester x]\n", 0)

    run(scenario())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_a_stand_in_runs_as_a_user_who_may_not_read_python(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, _):
            argv = ("/agnhost", "netexec", "--http-port=8888", "--udp-port=-1")
            await runtime.start_container(
                spec(tmp_path, "a", *argv, standin="agnhost", user=4711, group=4711)
            )
            assert b"NOW: " in await fetch("127.127.9.97")

    run(scenario())


def test_a_program_that_is_not_there_cannot_start(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, _):
            for number in range(20):
                # Its end may be noticed before its last word, and is no news then.
                with pytest.raises(RuntimeFault, match="stat /no/such: no such file or directory") as fault:
                    await runtime.start_container(spec(tmp_path, f"a{number % 10}", "/no/such"))
                assert fault.value.reason == "StartError"
            assert runtime.containers() == []

    run(scenario())


def test_a_successor_adopts_running_containers(tmp_path: Path) -> None:
    async def scenario() -> None:
        first = ProcessRuntime(tmp_path, linger=20)
        await first.open()
        await first.start_container(spec(tmp_path, "a", "sleep", "100"))
        first.detach()
        async with opened(tmp_path) as (runtime, ended):
            assert [(s.id, s.running) for s in runtime.containers()] == [("a", True)]
            await runtime.signal("a", 9)
            assert (await ended.get()).exit_code == 137

    run(scenario())


def test_memory_beyond_the_limit_is_out_of_memory(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, ended):
            hog = "x = b'x' * (64 << 20); print('full', flush=True); import time; time.sleep(100)"
            await runtime.start_container(spec(tmp_path, "a", "python3", "-c", hog, memory_limit=32 << 20))
            while ended.empty():
                await runtime.enforce_limits()
                await asyncio.sleep(0.05)
            state = ended.get_nowait()
            assert (state.reason, state.exit_code) == ("OOMKilled", 137)

    run(scenario())


async def said(runtime: ProcessRuntime, ended: asyncio.Queue[ContainerState], wanted: ContainerSpec) -> str:
    """What a container that ends by itself writes."""
    await runtime.start_container(wanted)
    await ended.get()
    return wanted.log_path.read_text()


def test_an_ordinary_container_may_not_change_the_machine(tmp_path: Path) -> None:
    """«should run the container as unprivileged when false»"""

    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, ended):
            script = "mount -t tmpfs x /mnt; ls /dev; cat /proc/sys/kernel/shm_rmid_forced; touch /dev/mine"
            one = spec(tmp_path, "a", "sh", "-c", script, sysctls={"kernel.shm_rmid_forced": "1"})
            if not runtime.namespaces:
                pytest.skip("the kernel refuses namespaces here")
            text = await said(runtime, ended, one)
            assert "permission denied" in text.lower() or "not permitted" in text.lower()
            assert {"null", "pts", "shm", "stdout"} <= {line.split()[-1] for line in text.splitlines()}
            assert text.splitlines()[-1].endswith(" 1")

    run(scenario())
    assert not Path("/dev/mine").exists()


def test_privileges_do_not_grow_when_they_may_not(tmp_path: Path) -> None:
    """«should not allow privilege escalation when false»"""

    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, ended):
            status = ("cat", "/proc/self/status")
            one = spec(tmp_path, "a", *status, capabilities=0, no_new_privileges=True)
            text = await said(runtime, ended, one)
            assert "NoNewPrivs:\t1" in text
            assert "CapEff:\t0000000000000000" in text

    run(scenario())


def test_a_container_reads_its_limits(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (runtime, _):
            if not runtime.namespaces or not cgroup.ROOT.is_dir():
                pytest.skip("the kernel refuses namespaces here")
            await runtime.start_container(spec(tmp_path, "a", "sleep", "100", memory_limit=1 << 26))
            looked = ["cat", "/sys/fs/cgroup/memory.max"]
            before, _ = await everything(await runtime.exec("a", looked, tty=False, stdin=False))
            runtime.limit("a", Limits(memory=1 << 27))
            after, _ = await everything(await runtime.exec("a", looked, tty=False, stdin=False))
            assert (before, after) == ("67108864\n", "134217728\n")

    run(scenario())
