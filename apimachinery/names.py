"""Checks of names, keys and other identifiers, each returning the messages that field errors carry.

Source: apimachinery `pkg/util/validation` and `pkg/api/validate/content`: the patterns, limits and texts. An
empty list means valid. Lengths are bytes of UTF-8, as Go counts them.
"""

from __future__ import annotations

import ipaddress
import random
import re
from collections.abc import Callable
from typing import NamedTuple

_Match = Callable[[str], "re.Match[str] | None"]


def max_length(limit: int) -> str:
    return f"must be no more than {limit} characters"


def max_bytes(limit: int) -> str:
    return f"must be no more than {limit} bytes"


def in_range(low: int, high: int) -> str:
    return f"must be between {low} and {high}, inclusive"


def pattern_message(message: str, pattern: str, *examples: str) -> str:
    """`message` with the examples and the pattern in brackets, punctuated as upstream does."""
    if not examples:
        return f"{message} (regex used for validation is '{pattern}')"
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{message} (e.g. {shown}regex used for validation is '{pattern}')"


class _Rule(NamedTuple):
    match: _Match
    problem: str


def _rule(pattern: str, message: str, *examples: str) -> _Rule:
    return _Rule(re.compile(pattern).fullmatch, pattern_message(message, pattern, *examples))


def _size(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))


def _check(value: str, rule: _Rule, limit: int, too_long: Callable[[int], str] = max_length) -> list[str]:
    matched = rule.match(value)
    if matched and len(value) <= limit:
        return []
    found = [too_long(limit)] if _size(value) > limit else []
    return found if matched else [*found, rule.problem]


def _matches(value: str, rule: _Rule) -> list[str]:
    return [] if rule.match(value) else [rule.problem]


DNS1123_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
DNS1123_SUBDOMAIN = DNS1123_LABEL + r"(\." + DNS1123_LABEL + ")*"
_UNDERSCORE_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_ENDS = "must start and end with an alphanumeric character"
_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

_LABEL = _rule(
    DNS1123_LABEL,
    f"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and {_ENDS}",
    "my-name",
    "123-abc",
)
_SUBDOMAIN = _rule(
    DNS1123_SUBDOMAIN,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
    f"{_ENDS}",
    "example.com",
)
_UNDERSCORE_SUBDOMAIN = _rule(
    _UNDERSCORE_LABEL + r"(\." + _UNDERSCORE_LABEL + ")*",
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', "
    f"and {_ENDS}",
    "example.com",
)
_DNS1035_LABEL = _rule(
    "[a-z]([-a-z0-9]*[a-z0-9])?",
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
    "character, and end with an alphanumeric character",
    "my-name",
    "abc-123",
)
_WILDCARD = _rule(
    r"\*\." + DNS1123_SUBDOMAIN,
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must "
    "consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    "*.example.com",
)
_LABEL_KEY = _rule(
    _KEY,
    f"must consist of alphanumeric characters, '-', '_' or '.', and {_ENDS}",
    "MyName",
    "my.name",
    "123-abc",
)
_LABEL_VALUE = _rule(
    f"({_KEY})?",
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and "
    f"{_ENDS}",
    "MyValue",
    "my_value",
    "12345",
)
_C_IDENTIFIER = _rule(
    "[A-Za-z_][A-Za-z0-9_]*",
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric "
    "characters or '_'",
    "my_name",
    "MY_NAME",
    "MyName",
)
_PERCENT = _rule(
    "[0-9]+%", "a valid percent string must be a numeric string followed by an ending '%'", "1%", "93%"
)
_HTTP_HEADER = _rule(
    "[-A-Za-z0-9]+", "a valid HTTP header must consist of alphanumeric characters or '-'", "X-Header-Name"
)
_HTTP_PATH = _rule(r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+", "Invalid path")
_ENV_VAR = _rule(
    "[-._a-zA-Z][-._a-zA-Z0-9]*",
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and "
    "must not start with a digit",
    "my.env-name",
    "MY_ENV.NAME",
    "MyEnvName1",
)
_CONFIG_KEY = _rule(
    "[-._a-zA-Z0-9]+",
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    "key.name",
    "KEY_NAME",
    "key-name",
)
_port_characters: _Match = re.compile("[-a-z0-9]+").fullmatch
_cidr_length: _Match = re.compile("[0-9]+").fullmatch


def _mask_trailing_dash(name: str) -> str:
    """A generateName may end in a dash, since a suffix will follow."""
    return name[:-2] + "a" if len(name) > 1 and name.endswith("-") else name


def dns1123_label(name: str, prefix: bool = False) -> list[str]:
    """A host label of at most 63 characters: names of namespaces, containers, volumes."""
    found = _check(_mask_trailing_dash(name) if prefix else name, _LABEL, 63)
    if found and found[-1] is _LABEL.problem and _SUBDOMAIN.match(name):
        found[-1] = "must not contain dots"
    return found


def dns1123_subdomain(name: str, prefix: bool = False) -> list[str]:
    """Dotted host labels of at most 253 characters: most names."""
    return _check(_mask_trailing_dash(name) if prefix else name, _SUBDOMAIN, 253)


def declared_subdomain(name: str, prefix: bool = False) -> list[str]:
    """A subdomain as upstream's generated validation has it (of ReplicationControllers and DeviceClasses): it
    counts bytes and never looks at generateName."""
    if prefix:
        return []
    return [text.replace("than 253 characters", "than 253 bytes") for text in dns1123_subdomain(name)]


def dns1123_subdomain_underscore(name: str) -> list[str]:
    """A subdomain whose labels may hold underscores (resolver search paths)."""
    return _check(name, _UNDERSCORE_SUBDOMAIN, 253)


def dns1035_label(name: str, prefix: bool = False) -> list[str]:
    """A host label that starts with a letter: names of Services before 1.34 and port names of SRV records."""
    return _check(_mask_trailing_dash(name) if prefix else name, _DNS1035_LABEL, 63)


def wildcard_dns1123_subdomain(name: str) -> list[str]:
    """`*.example.com`: hosts of an Ingress rule."""
    return _check(name, _WILDCARD, 253)


def qualified_name(name: str) -> list[str]:
    """A label or annotation key: an optional DNS prefix and a slash, then at most 63 characters."""
    if len(name) <= 63 and _LABEL_KEY.match(name):
        return []
    parts = name.split("/")
    if len(parts) > 2:
        hint = " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return [f"a valid label key {_LABEL_KEY.problem}{hint}"]
    found = _key_prefix(parts[0]) if len(parts) == 2 else []
    name = parts[-1]
    if not name:
        found.append("name part must be non-empty")
    return found + [f"name part {message}" for message in _check(name, _LABEL_KEY, 63, max_bytes)]


def _key_prefix(prefix: str) -> list[str]:
    if not prefix:
        return ["prefix part must be non-empty"]
    return [f"prefix part {message}" for message in _check(prefix, _SUBDOMAIN, 253, max_bytes)]


def label_value(value: str) -> list[str]:
    """At most 63 characters, possibly none."""
    return _check(value, _LABEL_VALUE, 63, max_bytes)


def path_segment_name(name: str, prefix: bool = False) -> list[str]:
    """What fits between two slashes of a URL: names of RBAC objects."""
    if not prefix and name in (".", ".."):
        return [f"may not be '{name}'"]
    return [f"may not contain '{part}'" for part in "/%" if part in name]


def c_identifier(value: str) -> list[str]:
    return _matches(value, _C_IDENTIFIER)


def port_number(port: int) -> list[str]:
    return [] if 1 <= port <= 65535 else [in_range(1, 65535)]


def user_id(value: int) -> list[str]:
    """A uid or gid."""
    return [] if 0 <= value <= 2147483647 else [in_range(0, 2147483647)]


def port_name(name: str) -> list[str]:
    """An IANA service name of at most 15 characters."""
    found = [max_length(15)] if _size(name) > 15 else []
    if not _port_characters(name):
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not any("a" <= letter <= "z" for letter in name):
        found.append("must contain at least one letter (a-z)")
    if "--" in name:
        found.append("must not contain consecutive hyphens")
    if name and "-" in (name[0], name[-1]):
        found.append("must not begin or end with a hyphen")
    return found


def percent(value: str) -> list[str]:
    return _matches(value, _PERCENT)


def http_header_name(value: str) -> list[str]:
    return _matches(value, _HTTP_HEADER)


def http_path(value: str) -> list[str]:
    return _matches(value, _HTTP_PATH)


def env_var_name(value: str) -> list[str]:
    return _matches(value, _ENV_VAR) + _parent_folder(value)


def relaxed_env_var_name(value: str) -> list[str]:
    """Any printable ASCII but '=': what containers may have since 1.32."""
    found = [] if value else ["environment variable name must be non-empty"]
    if not value.isascii() or not value.isprintable() or "=" in value:
        found.append(
            "a valid environment variable name must consist only of printable ASCII characters other than '='"
        )
    return found


def config_map_key(value: str) -> list[str]:
    """A key of a ConfigMap or Secret: it becomes a file name."""
    return _check(value, _CONFIG_KEY, 253) + _parent_folder(value)


def _parent_folder(value: str) -> list[str]:
    if value in (".", ".."):
        return [f"must not be '{value}'"]
    return ["must not start with '..'"] if value.startswith("..") else []


def fully_qualified_name(name: str) -> list[str]:
    """At least three dotted segments (CRD conditions, finalizers). The empty name is the caller's `Required
    value`."""
    found = dns1123_subdomain(name)
    if found:
        return [",".join(found)]
    if name.count(".") < 2:
        return ["should be a domain with at least three segments separated by dots"]
    return []


IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def _strip_zeros(value: str) -> str:
    return ".".join(part.lstrip("0") or "0" if part.isdecimal() else part for part in value.split("."))


def parse_ip_sloppy(value: str) -> IPAddress | None:
    """As old Go read addresses: leading zeros of IPv4 parts are ignored, IPv4-mapped IPv6 is IPv4."""
    if not value.isascii() or "%" in value or "/" in value:
        return None
    if ":" not in value:
        value = _strip_zeros(value)
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _strict_ip_problem(value: str) -> str:
    if ":" not in value:
        return "must not have leading 0s" if _strip_zeros(value) != value else ""
    address = ipaddress.ip_address(value)
    is_mapped = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped
    return "must not be an IPv4-mapped IPv6 address" if is_mapped else ""


def ip(value: str, strict: bool = True, canonical: bool = True) -> list[str]:
    """An address. `strict` refuses leading zeros and IPv4-mapped IPv6; `canonical` also other spellings, as
    for fields newer than 1.34 (older fields pass False for both)."""
    address = parse_ip_sloppy(value)
    if address is None:
        return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    problem = _strict_ip_problem(value) if strict else ""
    if problem:
        return [problem]
    if canonical and value != str(address):
        return [f'must be in canonical form ("{address}")']
    return []


def parse_cidr_sloppy(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    address, slash, length = value.partition("/")
    if not slash or not _cidr_length(length):
        return None
    if ":" not in address:
        address = _strip_zeros(address)
    try:
        return ipaddress.ip_network(f"{address}/{int(length)}", strict=False)
    except ValueError:
        return None


def _strict_cidr_problem(value: str) -> str:
    text, _, length = value.partition("/")
    if (len(length) > 1 and length[0] == "0") or (":" not in text and _strip_zeros(text) != text):
        return "must not have leading 0s in IP or prefix length"
    interface = ipaddress.ip_interface(value)
    if isinstance(interface, ipaddress.IPv6Interface) and interface.ipv4_mapped:
        return "must not have an IPv4-mapped IPv6 address"
    if interface.ip != interface.network.network_address:
        return "must not have bits set beyond the prefix length"
    return ""


def cidr(value: str, strict: bool = True, canonical: bool = True) -> list[str]:
    """A network prefix; the flags are those of `ip`."""
    network = parse_cidr_sloppy(value)
    if network is None:
        return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]
    problem = _strict_cidr_problem(value) if strict else ""
    if problem:
        return [problem]
    if canonical and value != str(network):
        return [f'must be in canonical form ("{network}")']
    return []


_SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def generate(base: str, rng: random.Random) -> str:
    """`base` cut to 58 characters and five random ones without vowels or look-alikes."""
    return base[:58] + "".join(rng.choices(_SUFFIX_ALPHABET, k=5))
