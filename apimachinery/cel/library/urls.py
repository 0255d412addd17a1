"""URLs: `url('https://example.com/a').getHost()`.

Source: k8s.io/apiserver/pkg/cel/library/urls.go; Go's net/url.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote

from ... import field
from ..errors import EvaluationError
from ..functions import Function, member, over
from ..types import BOOL, STRING, URL, list_of, map_of
from ..values import Opaque

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(.*)", re.DOTALL)
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_PORT = re.compile(r"(?::[0-9]*)?", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:\[\]<>\"%\x80-\U0010ffff]*", re.ASCII)
_PATH_LEFT = "!$&'()*+,;=:@/-._~[]"


class URLValue(Opaque):
    __slots__ = ("fragment", "host", "path", "query", "scheme", "text")
    cel_type = URL
    go_data = "*url.URL"

    def __init__(self, text: str) -> None:
        """Raises ValueError with net/url's words for ParseRequestURI."""
        self.text = text
        bare, _, self.fragment = text.partition("#")
        self.scheme, rest = _scheme(bare)
        _check(text, rest, self.scheme)
        rest, _, self.query = rest.partition("?")
        self.host = ""
        if rest.startswith("//") and (self.scheme or not rest.startswith("///")):
            authority, slash, path = rest[2:].partition("/")
            self.host = authority.rpartition("@")[2]
            rest = slash + path
            _check_host(self.host)
        _check_escapes(rest)
        self.path = rest

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, URLValue) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def hostname(self) -> str:
        if self.host.startswith("["):
            return self.host[1:].partition("]")[0]
        head, colon, port = self.host.rpartition(":")
        return head if colon and (port.isdigit() or not port) else self.host

    @property
    def port(self) -> str:
        tail = self.host.rpartition("]")[2] if self.host.startswith("[") else self.host
        return tail.rpartition(":")[2] if ":" in tail else ""

    def escaped_path(self) -> str:
        plain = unquote(self.path)
        return self.path if "%" in self.path else quote(plain, safe=_PATH_LEFT)

    def values(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.query, keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return found


def _scheme(text: str) -> tuple[str, str]:
    match = _SCHEME.fullmatch(text)
    if match is None:
        if text.startswith(":"):
            raise ValueError("missing protocol scheme")
        head = text.partition("/")[0].partition("?")[0]
        if ":" in head and not head.startswith(":"):
            raise ValueError("first path segment in URL cannot contain colon")
        return "", text
    return match[1].lower(), match[2]


def _check(text: str, rest: str, scheme: str) -> None:
    if not text:
        raise ValueError("empty url")
    if any(letter < " " or letter == "\x7f" for letter in text):
        raise ValueError("net/url: invalid control character in URL")
    if not rest.startswith("/") and (not scheme or not rest):
        raise ValueError("invalid URI for request")


def _check_host(host: str) -> None:
    if host.startswith("["):
        if "]" not in host:
            raise ValueError("missing ']' in host")
        tail = host.rpartition("]")[2]
    else:
        tail = host[host.rfind(":") :] if ":" in host else ""
    if not _PORT.fullmatch(tail):
        raise ValueError(f"invalid port {field.quote(tail)} after host")
    if not _HOST.fullmatch(host):
        wrong = next(letter for letter in host if not _HOST.fullmatch(letter))
        raise ValueError(f"invalid character {field.quote(wrong)} in host name")
    _check_escapes(host)


def _check_escapes(text: str) -> None:
    match = _ESCAPE.search(text)
    if match:
        raise ValueError(f"invalid URL escape {field.quote(match.group())}")


def parse(text: str) -> URLValue:
    try:
        return URLValue(text)
    except ValueError as wrong:
        raise EvaluationError(
            f"URL parse error during conversion from string: parse {field.quote(text)}: {wrong}"
        ) from None


def problem(text: str) -> str:
    """What net/url says about an address that it refuses."""
    try:
        URLValue(text)
    except ValueError as wrong:
        return f"parse {field.quote(text)}: {wrong}"
    return ""


FUNCTIONS = (
    Function("url", (over("string_to_url", (STRING,), URL, parse),)),
    Function("getScheme", (member("url_get_scheme", (URL,), STRING, lambda url: url.scheme),)),
    Function("getHost", (member("url_get_host", (URL,), STRING, lambda url: url.host),)),
    Function("getHostname", (member("url_get_hostname", (URL,), STRING, lambda url: url.hostname),)),
    Function("getPort", (member("url_get_port", (URL,), STRING, lambda url: url.port),)),
    Function("getEscapedPath", (member("url_get_escaped_path", (URL,), STRING, URLValue.escaped_path),)),
    Function(
        "getQuery",
        (member("url_get_query", (URL,), map_of(STRING, list_of(STRING)), URLValue.values),),
    ),
    Function("isURL", (over("is_url_string", (STRING,), BOOL, lambda text: not problem(text)),)),
)
