"""IP addresses and networks in fields that need no canonical form, and warnings about odd spellings."""

from __future__ import annotations

import ipaddress

from ....apimachinery import field, names
from .common import Errors, invalids


def validate_ip(value: str, path: str) -> Errors:
    messages = names.ip(value, strict=True, canonical=False)
    return invalids(path, value, messages) if messages else []


def family(value: str) -> int | None:
    """4 or 6; None when the text is no address. An IPv4 address inside an IPv6 one counts as 4."""
    address = names.parse_ip_sloppy(value)
    return None if address is None else address.version


def validate_cidr(value: str, path: str) -> Errors:
    return invalids(path, value, names.cidr(value, strict=True, canonical=False))


def validate_usual_ip(value: str, path: str) -> Errors:
    """An address that traffic may go to: not unspecified, loopback or link-local."""
    address = names.parse_ip_sloppy(value)
    if address is None:
        return [field.invalid(path, value, "must be a valid IP address")]
    return validate_reachable(address, value, path)


def validate_reachable(address: names.IPAddress, value: str, path: str) -> Errors:
    """Refuses addresses that nothing outside a machine can reach; `value` is how it was written."""
    errors: Errors = []
    if address.is_unspecified:
        errors.append(field.invalid(path, value, f"may not be unspecified ({value})"))
    if machine_loopback(address):
        why = "may not be in the loopback range (127.0.0.0/8, ::1/128)"
        errors.append(field.invalid(path, value, why))
    if address.is_link_local:
        why = "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
        errors.append(field.invalid(path, value, why))
    if _link_local_multicast(address):
        why = "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
        errors.append(field.invalid(path, value, why))
    return errors


OWN_LOOPBACK = ipaddress.ip_network("127.0.0.0/12")
"""Where the machine's own services listen. Above it lie the ranges that a local cluster gives to its nodes,
Services and pods (DESIGN §7), which upstream's rule would forbid as endpoints."""


def machine_loopback(address: names.IPAddress) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return address in OWN_LOOPBACK
    return address.is_loopback


def _link_local_multicast(address: names.IPAddress) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return address in ipaddress.ip_network("224.0.0.0/24")
    return address.packed[0] == 0xFF and address.packed[1] & 0x0F == 0x02


def ip_warnings(value: str, path: str) -> list[str]:
    """About an address that passed `validate_ip` once but is not how it should be written."""
    address = names.parse_ip_sloppy(value)
    if address is None:
        return []
    if names.ip(value, strict=True, canonical=False):
        return [f'{path}: non-standard IP address "{value}" is invalid: use "{address}"']
    if ":" in value and str(address) != value:
        return [f'{path}: IPv6 address "{value}" should be in RFC 5952 canonical format ("{address}")']
    return []


def cidr_warnings(value: str, path: str) -> list[str]:
    network = names.parse_cidr_sloppy(value)
    if network is None:
        return []
    if names.cidr(value, strict=True, canonical=False):
        return [f'{path}: non-standard CIDR value "{value}" is invalid: use "{network}"']
    if ":" in value and str(network) != value:
        return [f'{path}: IPv6 CIDR value "{value}" should be in RFC 5952 canonical format ("{network}")']
    return []
