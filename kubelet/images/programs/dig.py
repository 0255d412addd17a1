"""`dig`, as far as tests of clusters use it: `dig [@server] [+options] NAME [TYPE]`, `dig -x ADDRESS`.

Options: +search, +short, +tcp and +notcp, +noall with +answer. Source: RFC 1035.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import sys
from pathlib import Path
from typing import NamedTuple

KINDS = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33}
NAMES = {number: name for name, number in KINDS.items()}
CODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")
SECONDS = 5.0
NO_ANSWER = 9
"""Exit code when no server answers."""


class Resolver(NamedTuple):
    servers: list[str]
    searches: list[str]
    dots: int


class Question(NamedTuple):
    name: str
    kind: str
    options: set[str]
    server: str


class Answer(NamedTuple):
    code: str
    truncated: bool
    records: list[tuple[str, int, str, str]]
    """Name, TTL, type and data."""


def resolver(text: str) -> Resolver:
    """What a resolv.conf says."""
    found = Resolver([], [], 1)
    for words in (line.split() for line in text.splitlines()):
        match words:
            case ["nameserver", server, *_]:
                found.servers.append(server)
            case ["search", *searches]:
                found = found._replace(searches=searches)
            case ["options", *options]:
                dots = [o.partition(":")[2] for o in options if o.startswith("ndots:")]
                found = found._replace(dots=int(dots[-1])) if dots else found
    return found


def parse(arguments: list[str]) -> Question:
    question, words = Question("", "A", set(), ""), iter(arguments)
    for word in words:
        if word.startswith("+"):
            question.options.add(word[1:])
        elif word.startswith("@"):
            question = question._replace(server=word[1:])
        elif word == "-x":
            pointer = ipaddress.ip_address(next(words)).reverse_pointer
            question = question._replace(name=pointer, kind="PTR")
        elif question.name and word.upper() in KINDS:
            question = question._replace(kind=word.upper())
        elif word.upper() != "IN":
            question = question._replace(name=word)
    return question


def candidates(question: Question, conf: Resolver) -> list[str]:
    """The names to ask for, in turn."""
    name = question.name
    if "search" not in question.options or name.endswith("."):
        return [name.rstrip(".")]
    longer = [f"{name}.{search}" for search in conf.searches]
    return [name, *longer] if name.count(".") >= conf.dots else [*longer, name]


def encode(name: str, kind: str, ident: int) -> bytes:
    labels = b"".join(bytes((len(part),)) + part for part in name.encode("idna").split(b".") if part)
    return struct.pack(">6H", ident, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, KINDS[kind], 1)


def decode(data: bytes) -> Answer:
    _, flags, questions, answers, _, _ = struct.unpack_from(">6H", data)
    at = 12
    for _ in range(questions):
        at = _name(data, at)[1] + 4
    records = []
    for _ in range(answers):
        owner, at = _name(data, at)
        kind, _, ttl, length = struct.unpack_from(">HHIH", data, at)
        records.append((owner, ttl, NAMES.get(kind, f"TYPE{kind}"), _data(data, at + 10, kind, length)))
        at += 10 + length
    code = flags & 15
    return Answer(CODES[code] if code < len(CODES) else str(code), bool(flags & 0x200), records)


def _name(data: bytes, at: int) -> tuple[str, int]:
    """A name, with a final dot, and where what follows it begins."""
    parts, end = [], 0
    while length := data[at]:
        if length >= 0xC0:
            end = end or at + 2
            at = struct.unpack_from(">H", data, at)[0] & 0x3FFF
            continue
        parts.append(data[at + 1 : at + 1 + length].decode(errors="replace"))
        at += 1 + length
    return ".".join(parts) + ".", end or at + 1


def _data(data: bytes, at: int, kind: int, length: int) -> str:
    raw = data[at : at + length]
    match NAMES.get(kind):
        case "A" | "AAAA":
            return str(ipaddress.ip_address(raw))
        case "CNAME" | "NS" | "PTR":
            return _name(data, at)[0]
        case "SRV":
            numbers = struct.unpack_from(">3H", raw)
            return " ".join([*map(str, numbers), _name(data, at + 6)[0]])
        case "TXT":
            return f'"{raw[1 : 1 + raw[0]].decode(errors="replace")}"'
    return raw.hex()


def ask(server: str, query: bytes, tcp: bool) -> Answer:
    """OSError when the server does not answer."""
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as sock:
        sock.settimeout(SECONDS)
        sock.connect((server, 53))
        if not tcp:
            sock.send(query)
            answer = decode(sock.recv(65536))
            return ask(server, query, True) if answer.truncated else answer
        sock.sendall(struct.pack(">H", len(query)) + query)
        with sock.makefile("rb") as stream:
            (length,) = struct.unpack(">H", stream.read(2).ljust(2, b"\0"))
            reply = stream.read(length)
        if len(reply) < 12:
            raise OSError("the connection was closed")
        return decode(reply)


def resolve(question: Question, conf: Resolver) -> tuple[str, Answer]:
    """The name that was found, or the last one that was tried. OSError when no server answers."""
    servers = [question.server] if question.server else conf.servers
    tcp = "tcp" in question.options
    name, answer = question.name, None
    for name in candidates(question, conf):
        query = encode(name, question.kind, int.from_bytes(os.urandom(2), "big"))
        answer = _first(servers, query, tcp)
        if answer.records:
            break
    if answer is None:
        raise OSError("there is no name to ask for")
    return name, answer


def _first(servers: list[str], query: bytes, tcp: bool) -> Answer:
    error: OSError = OSError("no servers could be reached")
    for server in servers:
        try:
            return ask(server, query, tcp)
        except OSError as failure:
            error = failure
    raise error


def render(question: Question, name: str, answer: Answer) -> list[str]:
    if "short" in question.options:
        return [record[3] for record in answer.records]
    lines = [f"{owner}\t{ttl}\tIN\t{kind}\t{data}" for owner, ttl, kind, data in answer.records]
    if "noall" in question.options:
        return lines if "answer" in question.options else []
    head = [f";; ->>HEADER<<- opcode: QUERY, status: {answer.code}", "", ";; QUESTION SECTION:"]
    found = ["", ";; ANSWER SECTION:", *lines] if lines else []
    return [*head, f";{name}.\t\tIN\t{question.kind}", *found]


def main(arguments: list[str]) -> int:
    conf = resolver(Path("/etc/resolv.conf").read_text())
    question = parse(arguments)
    try:
        name, answer = resolve(question, conf)
    except OSError as error:
        print(f";; communications error: {error}\n;; no servers could be reached")
        return NO_ANSWER
    for line in render(question, name, answer):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
