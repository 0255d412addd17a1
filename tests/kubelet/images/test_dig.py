"""`dig` as tests of clusters call it, against a name server of the test."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from dnslib import AAAA, CNAME, PTR, QTYPE, RCODE, RR, SRV, TXT, A, DNSRecord
from wherry.kubelet.images.programs import dig
from wherry.kubelet.runtime.process.runtime import PROGRAMS

SERVER = "127.48.250.13"
KNOWN = {
    ("web.default.svc.cluster.local", "A"): [A("127.48.0.7")],
    ("web.default.svc.cluster.local", "AAAA"): [AAAA("fd00::7")],
    ("_http._tcp.web.default.svc.cluster.local", "SRV"): [SRV(0, 100, 80, "web.default.svc.cluster.local")],
    ("alias.default.svc.cluster.local", "CNAME"): [CNAME("foo.example.com")],
    ("7.0.48.127.in-addr.arpa", "PTR"): [PTR("web.default.svc.cluster.local")],
    ("version", "TXT"): [TXT("1.1.0")],
}
CONF = f"search default.svc.cluster.local svc.cluster.local\nnameserver {SERVER}\noptions ndots:5 edns0\n"


def _answer(data: bytes) -> bytes:
    query = DNSRecord.parse(data)
    reply = query.reply()
    name, kind = str(query.q.qname).rstrip("."), QTYPE[query.q.qtype]
    for found in KNOWN.get((name, kind), ()):
        reply.add_answer(RR(query.q.qname, query.q.qtype, ttl=30, rdata=found))
    reply.header.rcode = RCODE.NOERROR if reply.rr else RCODE.NXDOMAIN
    return bytes(reply.pack())


@pytest.fixture(autouse=True)
def server() -> Iterator[None]:
    """Skipped where port 53 may not be bound: dig asks no other."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.bind((SERVER, 53))
    except PermissionError:
        sock.close()
        pytest.skip("port 53 may not be bound")

    def serve() -> None:
        while data := sock.recvfrom(4096):
            if len(data[0]) < 12:
                return
            sock.sendto(_answer(data[0]), data[1])

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.sendto(b"end", (SERVER, 53))
    thread.join()
    sock.close()


def printed(*arguments: str) -> list[str]:
    question = dig.parse(list(arguments))
    return dig.render(question, *dig.resolve(question, dig.resolver(CONF)))


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        ("+notcp +noall +answer +search web A", ["web.default.svc.cluster.local.\t30\tIN\tA\t127.48.0.7"]),
        ("+short +search web AAAA", ["fd00::7"]),
        ("+short +search _http._tcp.web SRV", ["0 100 80 web.default.svc.cluster.local."]),
        ("+short alias.default.svc.cluster.local CNAME", ["foo.example.com."]),
        ("+short -x 127.48.0.7", ["web.default.svc.cluster.local."]),
        ("+short version TXT", ['"1.1.0"']),
        ("+noall +answer +search absent A", []),
        ("+short web A", []),
        (f"@{SERVER} +short web.default.svc.cluster.local.", ["127.48.0.7"]),
    ],
)
def test_what_it_prints(arguments: str, lines: list[str]) -> None:
    assert printed(*arguments.split()) == lines


def test_the_whole_answer_names_its_status() -> None:
    assert printed("absent")[0].endswith("status: NXDOMAIN")
    assert printed("web.default.svc.cluster.local")[-2:] == [
        ";; ANSWER SECTION:",
        "web.default.svc.cluster.local.\t30\tIN\tA\t127.48.0.7",
    ]


def test_the_command_runs_by_its_name() -> None:
    command = [str(Path(PROGRAMS) / "dig"), f"@{SERVER}", "+short", "web.default.svc.cluster.local"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "127.48.0.7\n"
