"""The name server on real sockets: UDP and TCP, what is too long, malformed, or somebody else's to answer."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from dnslib import EDNS0, QTYPE, RCODE, RR, A, DNSRecord
from wherry.apimachinery.clock import FakeClock
from wherry.proxy import binding
from wherry.proxy.dns.forward import Forwarder, resolvers
from wherry.proxy.dns.server import NameServer
from wherry.proxy.dns.zone import Zone

from tests.proxy.names import ENDS, SERVICES, WEB, end, ends, zone
from tests.support import run

HERE, PORT = "127.48.250.10", 18453
OTHERS, OTHERS_PORT = "127.48.250.11", 18454


async def by_udp(query: bytes, where: tuple[str, int] = (HERE, PORT)) -> DNSRecord:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    class Client(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: Any) -> None:
            answer.set_result(data)

    transport, _ = await loop.create_datagram_endpoint(Client, remote_addr=where)
    transport.sendto(query)
    try:
        return DNSRecord.parse(await answer)
    finally:
        transport.close()


async def by_tcp(*queries: bytes) -> list[DNSRecord]:
    reader, writer = await asyncio.open_connection(HERE, PORT)
    writer.write(b"".join(struct.pack(">H", len(q)) + q for q in queries))
    replies = []
    for _ in queries:
        (length,) = struct.unpack(">H", await reader.readexactly(2))
        replies.append(DNSRecord.parse(await reader.readexactly(length)))
    writer.close()
    await writer.wait_closed()
    return replies


def ask(name: str, kind: str = "A") -> bytes:
    return bytes(DNSRecord.question(name, kind).pack())


def code(reply: DNSRecord) -> str:
    return str(RCODE.get(reply.header.rcode))


@asynccontextmanager
async def others(answer: Callable[[DNSRecord], bytes | None]) -> AsyncIterator[None]:
    """Another name server; it says nothing to what `answer` makes None of."""

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            reply = answer(DNSRecord.parse(data))
            if reply is not None:
                self.transport.sendto(reply, addr)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Server, local_addr=(OTHERS, OTHERS_PORT))
    try:
        yield
    finally:
        transport.close()


def one_address(query: DNSRecord) -> bytes:
    reply = query.reply()
    reply.add_answer(RR(query.q.qname, QTYPE.A, ttl=7, rdata=A("192.0.2.1")))
    return bytes(reply.pack())


def served(
    test: Callable[[NameServer], Awaitable[None]], names: Zone | None = None, servers: tuple[str, ...] = ()
) -> None:
    async def whole() -> None:
        clock = FakeClock()
        forwarder = Forwarder(list(servers), clock, OTHERS_PORT)
        server = NameServer(names or zone(), HERE, forwarder, clock, random.Random(7), PORT)
        task = asyncio.create_task(server.run())
        await server.listening.wait()
        try:
            await test(server)
        finally:
            task.cancel()
            await asyncio.wait([task])

    run(whole())


def test_an_answer_keeps_the_case_of_the_question() -> None:
    async def scenario(server: NameServer) -> None:
        reply = await by_udp(ask("Web.shop.SVC.cluster.local"))
        assert [(str(rr.rname), str(rr.rdata), rr.ttl) for rr in reply.rr] == [
            ("Web.shop.SVC.cluster.local.", "127.48.1.1", 30)
        ]
        assert (reply.header.aa, reply.header.ra, code(reply)) == (1, 1, "NOERROR")

    served(scenario)


def test_a_name_that_is_missing_and_one_without_such_records() -> None:
    async def scenario(server: NameServer) -> None:
        missing, empty = await by_tcp(ask("absent.shop.svc.cluster.local"), ask(WEB, "TXT"))
        assert (code(missing), code(empty)) == ("NXDOMAIN", "NOERROR")
        for reply in (missing, empty):
            assert not reply.rr
            assert [rr.ttl for rr in reply.auth if rr.rtype == QTYPE.SOA] == [30]

    served(scenario)


def test_a_target_brings_its_address() -> None:
    async def scenario(server: NameServer) -> None:
        reply = await by_udp(ask(f"_http._tcp.{WEB}", "SRV"))
        assert str(reply.rr[0].rdata) == f"0 100 80 {WEB}."
        assert [str(rr.rdata) for rr in reply.ar] == ["127.48.1.1", "fd00::1"]

    served(scenario)


def test_what_is_too_long_for_udp_is_asked_again_by_tcp() -> None:
    async def scenario(server: NameServer) -> None:
        short = await by_udp(ask(ENDS))
        assert short.header.tc and not short.rr
        (whole,) = await by_tcp(ask(ENDS))
        assert len(whole.rr) == 60 and not whole.header.tc
        larger = DNSRecord.question(ENDS)
        larger.add_ar(EDNS0(udp_len=4096))
        reply = await by_udp(bytes(larger.pack()))
        assert len(reply.rr) == 60 and reply.ar[0].rtype == QTYPE.OPT

    many = ends(*(end(f"127.64.1.{n}") for n in range(60)))
    served(scenario, zone(*SERVICES, slices=(many,)))


def test_endpoints_come_in_another_order_each_time() -> None:
    async def scenario(server: NameServer) -> None:
        firsts = {str((await by_udp(ask(ENDS))).rr[0].rdata) for _ in range(20)}
        assert firsts == {"127.64.0.1", "127.64.0.2"}

    served(scenario)


def test_what_is_no_question() -> None:
    async def scenario(server: NameServer) -> None:
        garbage = await server.answer(b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\xff", tcp=False)
        assert garbage is not None and code(DNSRecord.parse(garbage)) == "FORMERR"
        assert await server.answer(b"", tcp=False) is None
        assert await server.answer(bytes(DNSRecord.question(WEB).reply().pack()), tcp=False) is None
        update = DNSRecord.question(WEB)
        update.header.opcode = 5
        reply = await server.answer(bytes(update.pack()), tcp=False)
        assert reply is not None and code(DNSRecord.parse(reply)) == "NOTIMP"

    served(scenario)


def test_other_names_are_asked_of_the_next_server() -> None:
    async def scenario(server: NameServer) -> None:
        async with others(one_address):
            reply = await by_udp(ask("example.com"))
            assert [(str(rr.rdata), rr.ttl) for rr in reply.rr] == [("192.0.2.1", 7)]

    served(scenario, servers=(OTHERS,))


def test_an_alias_to_the_outside_comes_with_its_address() -> None:
    async def scenario(server: NameServer) -> None:
        async with others(one_address):
            reply = await by_udp(ask("outer.shop.svc.cluster.local"))
            assert [str(rr.rdata) for rr in reply.rr] == ["www.Example.com.", "192.0.2.1"]

    served(scenario, servers=(OTHERS,))


def test_a_server_that_is_down_is_passed_over() -> None:
    async def scenario(server: NameServer) -> None:
        async with others(one_address):
            assert code(await by_udp(ask("example.com"))) == "NOERROR"

    served(scenario, servers=("127.48.250.12", OTHERS))


def test_nobody_to_ask_and_nobody_that_answers() -> None:
    async def refused(server: NameServer) -> None:
        assert code(await by_udp(ask("example.com"))) == "REFUSED"

    async def failed(server: NameServer) -> None:
        assert code(await by_udp(ask("example.com"))) == "SERVFAIL"
        reply = await by_udp(ask("outer.shop.svc.cluster.local"))
        assert [str(rr.rdata) for rr in reply.rr] == ["www.Example.com."]

    served(refused)
    served(failed, servers=("127.48.250.12",))


def test_an_address_that_is_taken_is_tried_again() -> None:
    async def scenario() -> None:
        clock = FakeClock()
        server = NameServer(zone(), HERE, Forwarder([], clock), clock, random.Random(7), PORT)
        other = binding.bind(HERE, PORT, socket.SOCK_DGRAM)
        task = asyncio.create_task(server.run())
        await clock.advance(0)
        assert not server.listening.is_set()
        other.close()
        await clock.advance(10)
        await server.listening.wait()
        task.cancel()
        await asyncio.wait([task])

    run(scenario())


def test_the_servers_of_a_machine(tmp_path: Path) -> None:
    conf = tmp_path / "resolv.conf"
    conf.write_text(
        f"# n\nsearch x\nnameserver {HERE}\nnameserver 9.9.9.9\nnameserver 8.8.8.8\nnameserver 1.1.1.1\n"
    )
    assert resolvers(conf, HERE) == ["9.9.9.9", "8.8.8.8"]
    assert resolvers(tmp_path / "absent", HERE) == []
