"""Links of proxied pages."""

from __future__ import annotations

import pytest
from wherry.apiserver.endpoints.subresources.links import CODINGS, Links

PREFIX = "/api/v1/namespaces/default/pods/web/proxy"
LINKS = Links(PREFIX, frozenset(("127.64.0.1:80",)))


@pytest.mark.parametrize(
    ("url", "turned"),
    [
        ("/next", f"{PREFIX}/next"),
        ("/folder/?a=1#b", f"{PREFIX}/folder/?a=1#b"),
        ("http://127.64.0.1:80/next", f"{PREFIX}/next"),
        (f"{PREFIX}/next", f"{PREFIX}/next"),
        ("next", "next"),
        ("http://example.com/next", "http://example.com/next"),
        ("#top", "#top"),
    ],
)
def test_paths_of_the_server_get_the_proxys_in_front(url: str, turned: str) -> None:
    assert LINKS.turned(url) == turned


@pytest.mark.parametrize(
    ("html", "turned"),
    [
        ('<a class=x href="/b">/b</a>', f'<a class=x href="{PREFIX}/b">/b</a>'),
        ("<IMG SRC='/i.png'>", f"<IMG SRC='{PREFIX}/i.png'>"),
        ("<script src=/s.js></script>", f"<script src={PREFIX}/s.js></script>"),
        ('<p title="/b">a < b</p>', '<p title="/b">a < b</p>'),
        ('<form action="/f" data-href="/x">', f'<form action="{PREFIX}/f" data-href="/x">'),
    ],
)
def test_only_what_holds_an_url_is_touched(html: str, turned: str) -> None:
    assert LINKS.page(html.encode()).decode() == turned


@pytest.mark.parametrize("name", sorted(CODINGS))
def test_packed_pages_are_packed_again(name: str) -> None:
    unpack, pack = CODINGS[name]
    assert unpack(pack(b"<a>")) == b"<a>"
