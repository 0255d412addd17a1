"""Addresses and networks: `ip('10.0.0.1')`, `cidr('10.0.0.0/8').containsIP(…)`.

Source: k8s.io/apiserver/pkg/cel/library/{ip,cidr}.go; Go's net/netip.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from ... import field
from ..errors import EvaluationError
from ..functions import Function, member, over
from ..types import BOOL, CIDR, INT, IP, STRING
from ..values import Opaque
from .address_errors import explain

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_BITS = re.compile(r"0|[1-9][0-9]*", re.ASCII)


class IPValue(Opaque):
    __slots__ = ("address",)
    cel_type = IP
    go_data = "netip.Addr"

    def __init__(self, address: Address) -> None:
        self.address = address

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IPValue) and other.address == self.address

    def __hash__(self) -> int:
        return hash(self.address)

    def __str__(self) -> str:
        return str(self.address)

    @property
    def size(self) -> int:  # type: ignore[override]
        return len(self.address.packed)


class CIDRValue(Opaque):
    """A network and the address it was written with."""

    __slots__ = ("address", "network")
    cel_type = CIDR
    go_data = "netip.Prefix"

    def __init__(self, address: Address, bits: int) -> None:
        self.address = address
        self.network: Network = ipaddress.ip_network((address, bits), strict=False)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, CIDRValue) and other.address == self.address and other.network == self.network
        )

    def __hash__(self) -> int:
        return hash((self.address, self.network))

    def __str__(self) -> str:
        return f"{self.address}/{self.network.prefixlen}"

    @property
    def size(self) -> int:  # type: ignore[override]
        return -(-self.network.prefixlen // 8)


def _address(text: str) -> Address:
    """A strict address, as netip.ParseAddr takes it; ValueError with its words."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise ValueError(explain(text)) from None


def parse_ip(text: str) -> IPValue:
    shown = field.quote(text)
    try:
        address = _address(text)
    except ValueError as wrong:
        raise EvaluationError(
            f"IP Address {shown} parse error during conversion from string: {wrong}"
        ) from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise EvaluationError(f"IP address {shown} with zone value is not allowed")
        if address.ipv4_mapped is not None:
            raise EvaluationError(f"IPv4-mapped IPv6 address {shown} is not allowed")
    return IPValue(address)


def parse_cidr(text: str) -> CIDRValue:
    failed = "network address parse error during conversion from string: "
    try:
        return _cidr(text)
    except ValueError as wrong:
        raise EvaluationError(f"{failed}{failed}netip.ParsePrefix({field.quote(text)}): {wrong}") from None
    except EvaluationError as wrong:
        raise EvaluationError(f"{failed}{wrong}") from None


def _cidr(text: str) -> CIDRValue:
    head, slash, bits = text.rpartition("/")
    if not slash:
        raise ValueError("no '/'")
    address = _address(head)
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        raise ValueError("IPv6 zones cannot be present in a prefix")
    if not _BITS.fullmatch(bits):
        raise ValueError(f"bad bits after slash: {field.quote(bits)}")
    if int(bits) > address.max_prefixlen:
        raise ValueError("prefix length out of range")
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        raise EvaluationError(f"IPv4-mapped IPv6 address {field.quote(text)} is not allowed")
    return CIDRValue(address, int(bits))


def _is(parse: Any) -> Any:
    def test(text: str) -> bool:
        try:
            parse(text)
        except EvaluationError:
            return False
        return True

    return test


def _link_local_multicast(value: IPValue) -> bool:
    packed = value.address.packed
    if value.address.version == 4:
        return packed[:3] == b"\xe0\x00\x00"
    return packed[0] == 0xFF and packed[1] & 0x0F == 2


def _global_unicast(value: IPValue) -> bool:
    address = value.address
    if str(address) == "255.255.255.255":
        return False
    return not (
        address.is_unspecified
        or address.is_loopback
        or address.is_multicast
        or (address.is_link_local and _link_local(value))
    )


def _link_local(value: IPValue) -> bool:
    packed = value.address.packed
    if value.address.version == 4:
        return packed[:2] == b"\xa9\xfe"
    return packed[0] == 0xFE and packed[1] & 0xC0 == 0x80


def _contains_ip(holder: CIDRValue, other: IPValue) -> bool:
    address = other.address
    return bool(address.version == holder.network.version and address in holder.network)


def _contains_written_ip(holder: CIDRValue, other: str) -> bool:
    """Upstream does not say what is wrong with the address."""
    try:
        address = parse_ip(other)
    except EvaluationError:
        raise EvaluationError("no such overload") from None
    return _contains_ip(holder, address)


def _contains_cidr(holder: CIDRValue, other: Any) -> bool:
    inner: Network = (parse_cidr(other) if isinstance(other, str) else other).network
    if inner.version != holder.network.version:
        return False
    return inner.network_address in holder.network and holder.network.prefixlen <= inner.prefixlen


FUNCTIONS = (
    Function(
        "ip",
        (
            over("string_to_ip", (STRING,), IP, parse_ip),
            member("cidr_ip", (CIDR,), IP, lambda value: IPValue(value.address)),
        ),
    ),
    Function("family", (member("ip_family", (IP,), INT, lambda value: value.address.version),)),
    Function(
        "ip.isCanonical",
        (over("ip_is_canonical", (STRING,), BOOL, lambda text: str(parse_ip(text)) == text),),
    ),
    Function(
        "isUnspecified", (member("ip_is_unspecified", (IP,), BOOL, lambda v: v.address.is_unspecified),)
    ),
    Function("isLoopback", (member("ip_is_loopback", (IP,), BOOL, lambda v: v.address.is_loopback),)),
    Function(
        "isLinkLocalMulticast",
        (member("ip_is_link_local_multicast", (IP,), BOOL, _link_local_multicast),),
    ),
    Function("isLinkLocalUnicast", (member("ip_is_link_local_unicast", (IP,), BOOL, _link_local),)),
    Function("isGlobalUnicast", (member("ip_is_global_unicast", (IP,), BOOL, _global_unicast),)),
    Function("isIP", (over("is_ip", (STRING,), BOOL, _is(parse_ip)),)),
    Function("cidr", (over("string_to_cidr", (STRING,), CIDR, parse_cidr),)),
    Function(
        "containsIP",
        (
            member("cidr_contains_ip_string", (CIDR, STRING), BOOL, _contains_written_ip),
            member("cidr_contains_ip_ip", (CIDR, IP), BOOL, _contains_ip),
        ),
    ),
    Function(
        "containsCIDR",
        (
            member("cidr_contains_cidr_string", (CIDR, STRING), BOOL, _contains_cidr),
            member("cidr_contains_cidr", (CIDR, CIDR), BOOL, _contains_cidr),
        ),
    ),
    Function("prefixLength", (member("cidr_prefix_length", (CIDR,), INT, lambda v: v.network.prefixlen),)),
    Function(
        "masked",
        (
            member(
                "cidr_masked",
                (CIDR,),
                CIDR,
                lambda v: CIDRValue(v.network.network_address, v.network.prefixlen),
            ),
        ),
    ),
    Function("isCIDR", (over("is_cidr", (STRING,), BOOL, _is(parse_cidr)),)),
    Function(
        "string",
        (over("ip_to_string", (IP,), STRING, str), over("cidr_to_string", (CIDR,), STRING, str)),
    ),
)
