"""The guestbook of agnhost, which kubectl's conformance test puts together (upstream: test/e2e/kubectl)."""

from __future__ import annotations

from email.message import Message

import pytest
from wherry.kubelet.images.standins import web
from wherry.kubelet.images.standins.guestbook import PRIMARY, REPLICA, Guestbook


class Members:
    """Guestbooks by the name that others reach them under."""

    def __init__(self) -> None:
        self.books = {name: Guestbook(self.fetch) for name in ("frontend", PRIMARY, REPLICA)}

    def fetch(self, host: str, path: str, query: dict[str, str]) -> str:
        if host not in self.books:
            raise OSError("no route to host")
        return self.ask(host, path, **query)[1]

    def ask(self, member: str, path: str, /, **query: str) -> tuple[int, str]:
        request = web.Request("GET", f"/{path}", query, Message(), b"", "127.0.0.1:1")
        answer = self.books[member].answer(request)
        return answer.status, str(answer.body)


@pytest.fixture
def members() -> Members:
    found = Members()
    found.ask(PRIMARY, "register", host=REPLICA)
    return found


def test_what_the_front_end_writes_is_read_from_a_replica(members: Members) -> None:
    assert members.ask("frontend", "guestbook", cmd="get", key="messages") == (200, '{"data":""}')
    written = members.ask("frontend", "guestbook", cmd="set", key="messages", value="TestEntry")
    assert written == (200, '{"message":"Updated"}')
    assert members.ask("frontend", "guestbook", cmd="get", key="messages") == (200, '{"data":"TestEntry"}')


def test_a_replica_that_registers_is_told_all_words(members: Members) -> None:
    members.ask(PRIMARY, "set", key="a", value="1")
    assert members.ask(PRIMARY, "register", host=REPLICA) == (200, '{"data":{"a":"1"}}')


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("guestbook", {"cmd": "drop"}, 400),
        ("guestbook", {"cmd": "set"}, 400),
        ("set", {"value": "x"}, 400),
        ("elsewhere", {}, 404),
    ],
)
def test_what_makes_no_sense_is_refused(
    members: Members, path: str, query: dict[str, str], code: int
) -> None:
    assert members.ask(PRIMARY, path, **query)[0] == code


def test_a_replica_that_is_gone_fails_the_write(members: Members) -> None:
    members.ask(PRIMARY, "register", host="nobody")
    assert members.ask(PRIMARY, "set", key="a", value="1")[0] == 417
