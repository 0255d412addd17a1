"""The stand-ins that the pages of upstream's documentation need: what they say to a client."""

from __future__ import annotations

import email.message
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from wherry.kubelet.images import catalogue
from wherry.kubelet.images.programs import dig, nslookup
from wherry.kubelet.images.standins import etcd, greeting, perl, redis, resp, stress, web
from wherry.kubelet.images.standins.redis_store import Store
from wherry.kubelet.probes import grpc
from wherry.kubelet.runtime.process.runtime import PROGRAMS

from tests.e2e.local import free_port
from tests.support import run


@pytest.fixture
def store() -> Store:
    return Store({"maxmemory": "0"})


def say(store: Store, line: str) -> object:
    return store.answer(line.encode().split())


def test_digits_of_pi_are_rounded() -> None:
    assert perl.pi(1) == "3"
    assert perl.pi(10) == "3.141592654"
    assert perl.pi(2000).endswith("904780275901")


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["-Mbignum=bpi", "-wle", "print bpi(2000)"], 2000),
        (["-Mbignum=bpi", "-wle", "print bpi(20); print 1"], 0),
        (["-wle", "print bpi(20)"], 0),
        ([], 0),
    ],
)
def test_only_that_program_is_replaced(arguments: list[str], count: int) -> None:
    assert perl.digits(arguments) == count


def test_a_list_is_a_queue(store: Store) -> None:
    assert say(store, "rpush jobs a b c") == 3
    assert say(store, "LRANGE jobs 0 -1") == [b"a", b"b", b"c"]
    assert say(store, "brpoplpush jobs busy 0") == b"c"
    assert say(store, "lrem busy 0 c") == 1
    assert (say(store, "exists busy"), say(store, "llen jobs")) == (0, 2)
    assert say(store, "lpop jobs") == b"a"
    assert say(store, "blpop other jobs 1") == [b"jobs", b"b"]
    assert say(store, "brpop jobs 0.01") is None


def test_who_waits_for_a_list_is_woken(store: Store) -> None:
    got: list[object] = []
    waiting = threading.Thread(target=lambda: got.append(say(store, "blpop jobs 10")), daemon=True)
    waiting.start()
    while say(store, "rpush jobs x") != 1:
        time.sleep(0.001)
    waiting.join(10)
    assert got == [[b"jobs", b"x"]]


def test_values_count_and_expire(store: Store) -> None:
    assert (say(store, "set n 41"), say(store, "incr n"), say(store, "get n")) == ("OK", 42, b"42")
    assert (say(store, "set n 1 NX"), say(store, "ttl n"), say(store, "ttl none")) == (None, -1, -2)
    assert say(store, "setex short 0 x") == "OK"
    assert say(store, "get short") is None
    assert (say(store, "del n none"), say(store, "keys *")) == (1, [])


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("nonsense", "ERR unknown command 'nonsense'"),
        ("get", "ERR wrong number of arguments for 'get' command"),
        ("incr text", "ERR value is not an integer or out of range"),
        ("llen text", "WRONGTYPE Operation against a key holding the wrong kind of value"),
    ],
)
def test_errors_are_redis_own(store: Store, line: str, error: str) -> None:
    say(store, "set text x")
    with pytest.raises(resp.Fault) as fault:
        say(store, line)
    assert str(fault.value) == error


def test_the_configuration_is_read_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "redis.conf"
    file.write_text("# limits\nmaxmemory 2mb\nmaxmemory-policy allkeys-lru\n")
    store = Store(redis.configured([str(file), "--port", "7000"]))
    assert say(store, "config get maxmemory*") == [
        "maxmemory",
        "2097152",
        "maxmemory-policy",
        "allkeys-lru",
    ]
    assert say(store, "config get port") == ["port", "7000"]


@pytest.fixture
def served() -> Iterator[int]:
    """The port of a stand-in that ends with the test."""
    port = free_port()
    program = f"from wherry.kubelet.images.standins import redis; redis.main(['', '--port', '{port}'])"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def cli(port: int, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [f"{PROGRAMS}/redis-cli", "-p", str(port), *words]
    return subprocess.run(command, capture_output=True, text=True, input=stdin)


def test_the_client_asks_the_server(served: int) -> None:
    deadline = time.monotonic() + 10
    while cli(served, "ping").stdout != "PONG\n":
        assert time.monotonic() < deadline
    assert cli(served, "rpush", "job2", "apple", "banana").stdout == "2\n"
    assert cli(served, stdin="lrange job2 0 -1\nget none\n").stdout == "apple\nbanana\n\n"
    wrong = cli(served, "get", "job2")
    assert (wrong.returncode, wrong.stdout[:9]) == (1, "WRONGTYPE")


def test_etcd_is_serving() -> None:
    async def scenario() -> int | None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=lambda: etcd.converse(listener.accept()[0]), daemon=True).start()
            port = listener.getsockname()[1]
            return await grpc.ask("127.0.0.1", port, "")

    assert run(scenario()) == 1


@pytest.mark.parametrize(
    ("words", "port"),
    [
        ([], 2379),
        (["--listen-client-urls", "http://0.0.0.0:2380"], 2380),
        (["--listen-client-urls=http://x:1,y"], 1),
    ],
)
def test_etcd_listens_where_it_is_told(words: list[str], port: int) -> None:
    assert etcd.port(["/usr/local/bin/etcd", *words]) == port


@pytest.mark.parametrize(
    ("text", "count"), [("250M", 250 * 2**20), ("950Mi", 950 * 2**20), ("1k", 1024), ("7", 7)]
)
def test_sizes_of_memory(text: str, count: int) -> None:
    assert stress.size(text) == count


def test_a_name_that_nobody_knows_has_no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(server: str, query: bytes, tcp: bool) -> dig.Answer:
        raise OSError("no servers could be reached")

    monkeypatch.setattr(dig, "ask", unknown)
    assert nslookup.addresses("web", dig.Resolver(["127.48.0.10"], ["svc"], 5), "") == []


def test_addresses_of_both_families_are_found_by_the_search_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def known(server: str, query: bytes, tcp: bool) -> dig.Answer:
        found = {
            dig.encode("web.svc", "A", 0)[2:]: "10.0.0.1",
            dig.encode("web.svc", "AAAA", 0)[2:]: "fd00::1",
        }
        data = found.get(query[2:], "")
        kind = "AAAA" if ":" in data else "A"
        return dig.Answer("NOERROR", False, [("web.svc.", 30, kind, data)] if data else [])

    monkeypatch.setattr(dig, "ask", known)
    conf = dig.Resolver(["127.48.0.10"], ["default", "svc"], 5)
    assert nslookup.addresses("web", conf, "") == ["10.0.0.1", "fd00::1"]


def asked(path: str = "/") -> web.Request:
    headers = email.message.Message()
    headers["Host"] = "10.0.0.1"
    return web.Request("GET", path, {}, headers, b"", "10.244.3.8:4711")


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (
            "gcr.io/google-samples/kubernetes-bootcamp:v1",
            "Hello Kubernetes bootcamp! | Running on: pod-x | v=1\n",
        ),
        (
            "docker.io/jocatalin/kubernetes-bootcamp:v2",
            "Hello Kubernetes bootcamp! | Running on: pod-x | v=2\n",
        ),
        ("gcr.io/google-samples/hello-app:2.0", "Hello, world!\nVersion: 2.0.0\nHostname: pod-x\n"),
        ("gcr.io/google-samples/node-hello:1.0", "Hello Kubernetes!"),
    ],
)
def test_the_tutorials_applications_greet(image: str, said: str) -> None:
    assert greeting.saying(image, "pod-x")(asked()) == said
    assert catalogue.load().find(image).standin == "greeting"


def test_echoserver_tells_who_asked() -> None:
    lines = greeting.saying("registry.k8s.io/echoserver:1.10", "pod-x")(asked("/a")).splitlines()
    assert {"Hostname: pod-x", "\tclient_address=10.244.3.8", "\trequest_uri=http://10.0.0.1:8080/a"} <= {
        *lines
    }


def test_the_second_update_of_the_tutorial_is_to_a_tag_that_is_none() -> None:
    assert catalogue.load().find("gcr.io/google-samples/kubernetes-bootcamp:v10").missing


def test_serve_hostname_needs_no_argument() -> None:
    program = catalogue.load().resolve("registry.k8s.io/serve_hostname", [], [])
    assert program == catalogue.Program("agnhost", ("/serve_hostname", "serve-hostname"))
