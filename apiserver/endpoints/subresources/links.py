"""Links in what a proxied server answers: made to lead through the proxy again.

A link to a path of the server's own gets the proxy's path in front; relative ones and those to other hosts
stay. Source: Transport of apimachinery's util/proxy.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Mapping
from posixpath import join, normpath
from urllib.parse import urlsplit, urlunsplit

ATTRIBUTES = {
    "a": ("href",), "applet": ("codebase",), "area": ("href",), "audio": ("src",), "base": ("href",),
    "blockquote": ("cite",), "body": ("background",), "button": ("formaction",), "command": ("icon",),
    "del": ("cite",), "embed": ("src",), "form": ("action",), "frame": ("longdesc", "src"),
    "head": ("profile",), "html": ("manifest",), "iframe": ("longdesc", "src"),
    "img": ("longdesc", "src", "usemap"), "input": ("src", "usemap", "formaction"), "ins": ("cite",),
    "link": ("href",), "object": ("classid", "codebase", "data", "usemap"), "q": ("cite",),
    "script": ("src",), "source": ("src",), "video": ("poster", "src"),
}  # fmt: skip
"""What holds a URL, by tag."""
_TAG = re.compile(rb"<([A-Za-z]+)(\s[^<>]*)>")
_ATTRIBUTE = re.compile(rb"""([A-Za-z]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""")


class Links:
    """`prefix` is the proxy's path; `hosts` are names under which the proxied server is asked."""

    def __init__(self, prefix: str, hosts: frozenset[str]) -> None:
        self.prefix = prefix
        self._hosts = hosts

    def turned(self, url: str) -> str:
        parts = urlsplit(url)
        foreign = parts.netloc and parts.netloc not in self._hosts
        if foreign or not parts.path.startswith("/"):
            return url
        path = parts.path
        if not path.startswith(self.prefix):
            slash = "/" if path.endswith("/") else ""
            path = normpath(join(self.prefix, path.lstrip("/"))) + slash
        return urlunsplit(("", "", path, parts.query, parts.fragment))

    def page(self, html: bytes) -> bytes:
        """The page with all its links turned."""
        return _TAG.sub(self._tag, html)

    def _tag(self, tag: re.Match[bytes]) -> bytes:
        known = ATTRIBUTES.get(tag[1].decode().lower(), ())
        return b"<" + tag[1] + _ATTRIBUTE.sub(lambda one: self._attribute(one, known), tag[2]) + b">"

    def _attribute(self, found: re.Match[bytes], known: tuple[str, ...]) -> bytes:
        if found[1].decode().lower() not in known:
            return found[0]
        value, quote = found[3], b""
        if value[:1] in (b'"', b"'"):
            value, quote = value[1:-1], value[:1]
        return found[1] + found[2] + quote + self.turned(value.decode("latin-1")).encode("latin-1") + quote


CODINGS: Mapping[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "": (lambda data: data, lambda data: data),
    "gzip": (gzip.decompress, gzip.compress),
    "deflate": (zlib.decompress, zlib.compress),
}
"""How to read a page that is packed, and to pack it again."""
