"""agnhost's subcommands, as the conformance tests call them (upstream: test/images/agnhost)."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from wherry.kubelet.images.standins import (
    agnhost,
    certificates,
    health,
    netexec,
    nettest,
    porter,
    portforward,
    speech,
    web,
)
from wherry.kubelet.probes import grpc

from tests.e2e.local import free_port
from tests.support import run


def ask(application: web.Application, path: str, body: bytes = b"", **query: str) -> web.Response:
    return application(web.Request("GET", path, query, Message(), body, "127.0.0.9:77"))


def test_the_entry_point_tells_its_whole_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert agnhost.main(["/agnhost-2", "entrypoint-tester", "override", "arguments"]) == 0
    assert capsys.readouterr().out == "[/agnhost-2 entrypoint-tester override arguments]\n"


def test_it_prints_the_hosts_that_it_knows(capsys: pytest.CaptureFixture[str]) -> None:
    assert agnhost.main(["agnhost", "etc-hosts"]) == 0
    assert capsys.readouterr().out == Path("/etc/hosts").read_text()


@pytest.mark.parametrize(("command", "code"), [("pause", 2), ("liveness", 2), ("netexec", 0)])
def test_subcommands_that_are_told_to_stop_end_as_their_programs_do(
    command: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that does not look out for SIGTERM has failed."""
    monkeypatch.setitem(agnhost.COMMANDS, command, lambda arguments: 0)
    assert agnhost.main(["/agnhost", command]) == code


def test_an_unknown_subcommand_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert agnhost.main(["/agnhost", "dance"]) == 1
    assert capsys.readouterr().err == 'Error: unknown command "dance" for "app"\n'


MOVED = '<a href="/x">Temporary Redirect</a>.\n\n'
UNHEARD_OF = '<a href="/x"></a>.\n\n'


@pytest.mark.parametrize(
    ("path", "query", "status", "body", "line"),
    [
        ("/echo", {"msg": "poststart"}, 200, "poststart", "GET /echo?msg=poststart&code="),
        ("/echo", {"msg": "x", "code": "404"}, 404, "x", "GET /echo?msg=x&code=404"),
        ("/clientip", {}, 200, "127.0.0.9:77", "GET /clientip"),
        ("/healthz", {}, 200, "", "GET /healthz"),
        (
            "/shell",
            {"cmd": "echo a; exit 3"},
            200,
            '{"output":"a\\n","error":"exit status 3"}',
            "GET /shell?",
        ),
        ("/redirect", {"location": "/x", "code": "307"}, 307, MOVED, "GET /redirect?location=/x&code=307"),
        ("/redirect", {"location": "/x", "code": "399"}, 399, UNHEARD_OF, "GET /redirect?"),
        ("/dial", {"host": "h", "port": "1"}, 400, "request parameter not specified. <nil>\n", "GET /dial?"),
    ],
)
def test_netexec_answers_and_logs(
    path: str, query: dict[str, Any], status: int, body: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(netexec.answer, path, **query)
    assert (answer.status, answer.body) == (status, body)
    assert line in capsys.readouterr().err


@pytest.mark.parametrize(
    ("data", "said"), [(b"echo hi there\n", b"hi there"), (b"clientip", b"10.0.0.1:5"), (b"dance", None)]
)
def test_netexec_hears_words(data: bytes, said: bytes | None) -> None:
    assert netexec.words(data, ("10.0.0.1", 5)) == said


def test_names_are_told_whatever_their_letters() -> None:
    told = netexec.words(b"hostName\n", ("10.0.0.1", 5))
    assert told == netexec.words(b"hostname", ("10.0.0.1", 5))
    assert told


def test_uploads_get_a_name_of_their_own(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHERRY_ROOT", str(tmp_path))
    headers = Message()
    headers["Content-Type"] = "multipart/form-data; boundary=XX"
    body = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ndata\r\n--XX--\r\n'
    made = netexec.answer(web.Request("POST", "/upload", {}, headers, body, ""))
    assert json.loads(made.body)["output"].startswith("/uploads/upload")


def test_porter_serves_its_environment() -> None:
    env = {"SERVE_PORT_80": '<a href="/">', "SERVE_TLS_PORT_443": "tls", "SERVE_PORT_X": "no"}
    assert porter.ports("SERVE_PORT_", env) == {80: '<a href="/">'}
    page = ask(porter.page(env["SERVE_PORT_80"], False), "/")
    assert page.content_type.startswith("text/html")
    assert ask(porter.page("foo", True), "/").body == '{"Method": "GET", "Body": "foo"}'


def test_the_image_has_a_certificate_for_localhost() -> None:
    assert isinstance(certificates.context("/no/such.crt", "/no/such.key"), ssl.SSLContext)


def test_nettest_counts_who_writes() -> None:
    state = nettest.State()
    ask(state.answer, "/write", b'{"Source": "prestop"}')
    assert json.loads(ask(state.answer, "/read").body)["Received"] == {"prestop": 1}
    assert ask(state.answer, "/write", b"nonsense").status == 500


def test_health_over_grpc_can_be_switched() -> None:
    import socket

    server = health.Health("payments", -1)
    port = free_port()
    listener = socket.create_server(("127.0.0.1", port))
    threading.Thread(target=server.serve, args=(listener,), daemon=True).start()
    assert run(grpc.ask("127.0.0.1", port, "")) == run(grpc.ask("127.0.0.1", port, "payments")) == 1
    assert run(grpc.ask("127.0.0.1", port, "other")) is None
    ask(server.switch, "/make-not-serving")
    assert run(grpc.ask("127.0.0.1", port, "")) == 2


@pytest.mark.parametrize(("text", "wanted"), [("1m30s", 90), ("500ms", 0.5), ("0", 0), ("", 0)])
def test_durations(text: str, wanted: float) -> None:
    assert speech.seconds(text) == wanted


def test_durations_have_units() -> None:
    with pytest.raises(ValueError, match="invalid duration"):
        speech.seconds("10")


@pytest.mark.parametrize(
    ("sent", "code", "told"),
    [
        (b"abc", 0, "Received expected client data"),
        (b"", 2, "Expected to read 3 bytes from client"),
    ],
)
def test_the_port_forward_tester_answers_who_says_the_word(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sent: bytes, code: int, told: str
) -> None:
    port = free_port()
    words = {"BIND_PORT": str(port), "EXPECTED_CLIENT_DATA": "abc", "CHUNKS": "2", "CHUNK_SIZE": "5"}
    for name, value in words.items():
        monkeypatch.setenv(name, value)
    codes: list[int] = []
    server = threading.Thread(target=lambda: codes.append(portforward.main([])), daemon=True)
    server.start()
    with connected(port) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        got = b"".join(iter(lambda: client.recv(100), b""))
    server.join(5)
    assert codes == [code] and got == (b"x" * 10 if code == 0 else b"")
    assert told in capsys.readouterr().out


def connected(port: int) -> socket.socket:
    """To a server that is about to listen."""
    for _ in range(200):
        try:
            return socket.create_connection(("localhost", port), timeout=5)
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise TimeoutError(f"nobody listens on {port}")
