"""Queries and answers as packets. Source: RFC 1035, 2308 (negative answers), 6891 (EDNS)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dnslib import (
    AAAA,
    CLASS,
    CNAME,
    EDNS0,
    NS,
    OPCODE,
    PTR,
    QTYPE,
    RCODE,
    RR,
    SOA,
    SRV,
    TXT,
    A,
    DNSError,
    DNSHeader,
    DNSRecord,
)

from .zone import Found, Record, Zone

TTL = 30
SMALL, LARGE = 512, 1232
"""Bytes of an answer over UDP: without EDNS, and at most with it (flag day 2020)."""
_TIMES = (7200, 1800, 86400, TTL)
_ANY_CLASS = 255


class BadQuery(Exception):  # noqa: N818
    """What came cannot be answered as a question; `reply` is what to say to it, None to say nothing."""

    def __init__(self, reply: bytes | None) -> None:
        super().__init__("not a query")
        self.reply = reply


class Query:
    """One question."""

    def __init__(self, data: bytes) -> None:
        """Raises BadQuery."""
        self.data = data
        try:
            self._parsed = DNSRecord.parse(data)
        except (DNSError, ValueError, IndexError) as error:
            raise BadQuery(_format_error(data)) from error
        header = self._parsed.header
        if header.qr:
            raise BadQuery(None)
        if header.opcode != OPCODE.QUERY or len(self._parsed.questions) != 1:
            raise BadQuery(self.refused("NOTIMP"))
        question = self._parsed.q
        self.name = str(question.qname).rstrip(".").lower()
        self.kind = str(QTYPE.get(question.qtype))
        self.internet = question.qclass in (CLASS.IN, _ANY_CLASS)

    @property
    def most(self) -> int:
        """Bytes that the asker takes over UDP."""
        sizes = [int(rr.rclass) for rr in self._parsed.ar if rr.rtype == QTYPE.OPT]
        return max(SMALL, min(sizes[0], LARGE)) if sizes else SMALL

    def refused(self, code: str) -> bytes:
        return self._pack(self._reply(code, authoritative=False))

    def answer(self, found: Found, zone: Zone, more: Iterable[Any] = ()) -> bytes:
        """`more`: resource records of somebody else, to put behind ours."""
        reply = self._reply("NOERROR" if found.exists else "NXDOMAIN", authoritative=True)
        for record in found.answers:
            reply.add_answer(self._record(record))
        for resource in more:
            reply.add_answer(resource)
        for record in found.extra:
            reply.add_ar(self._record(record))
        if not reply.rr:
            reply.add_auth(_authority(zone.domain))
        return self._pack(reply)

    def fits(self, reply: bytes) -> bytes:
        """The reply, cut down to its head with the mark `truncated` when it is too long for UDP."""
        if len(reply) <= self.most:
            return reply
        head = DNSRecord.parse(reply)
        head.rr, head.auth, head.ar, head.header.tc = [], [], [], 1
        return self._pack(head)

    def _reply(self, code: str, *, authoritative: bool) -> DNSRecord:
        asked = self._parsed.header
        header = DNSHeader(
            id=asked.id,
            bitmap=0,
            qr=1,
            aa=int(authoritative),
            rd=asked.rd,
            ra=1,
            opcode=asked.opcode,
            rcode=getattr(RCODE, code),
        )
        return DNSRecord(header, questions=list(self._parsed.questions))

    def _record(self, record: Record) -> RR:
        """Under the name as it was asked, so that its case comes back."""
        same = record.name == self.name
        return _resource(self._parsed.q.qname if same else record.name, record)

    def _pack(self, reply: DNSRecord) -> bytes:
        if any(rr.rtype == QTYPE.OPT for rr in self._parsed.ar):
            reply.add_ar(EDNS0(udp_len=LARGE))
        return bytes(reply.pack())


def addresses_in(reply: bytes) -> list[Any]:
    """The resource records of somebody's answer. Raises OSError when it is none or tells of an error."""
    try:
        parsed = DNSRecord.parse(reply)
    except (DNSError, ValueError, IndexError) as error:
        raise OSError(f"a malformed answer: {error}") from error
    if parsed.header.rcode not in (RCODE.NOERROR, RCODE.NXDOMAIN):
        raise OSError(f"the answer is {RCODE.get(parsed.header.rcode)}")
    return list(parsed.rr)


def question(name: str, kind: str, ident: int) -> bytes:
    """A query of our own."""
    made = DNSRecord.question(name, kind)
    made.header.id = ident
    return bytes(made.pack())


def _format_error(data: bytes) -> bytes | None:
    if len(data) < 12 or data[2] & 0x80:
        return None
    ident = int.from_bytes(data[:2], "big")
    return bytes(DNSRecord(DNSHeader(id=ident, bitmap=0, qr=1, rcode=RCODE.FORMERR)).pack())


def _authority(domain: str) -> RR:
    start = SOA(f"ns.dns.{domain}", f"hostmaster.{domain}", (1, *_TIMES))
    return RR(domain, QTYPE.SOA, ttl=TTL, rdata=start)


_MAKERS: dict[str, Any] = {"A": A, "AAAA": AAAA, "CNAME": CNAME, "NS": NS, "PTR": PTR, "TXT": TXT}


def _resource(name: Any, record: Record) -> RR:
    if isinstance(record.data, tuple):
        priority, weight, port, target = record.data
        data: Any = SRV(priority, weight, port, target)
    else:
        data = _MAKERS[record.kind](record.data)
    return RR(name, getattr(QTYPE, record.kind), ttl=TTL, rdata=data)
