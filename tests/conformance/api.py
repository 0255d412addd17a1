"""The API over plain HTTP, as the administrator or as anybody else: what a Go client sends and reads."""

from __future__ import annotations

import itertools
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import yaml

from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until

Object = dict[str, Any]
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
_numbers = itertools.count(1)


def unique(prefix: str) -> str:
    """A name that no other test of this run has."""
    return f"{prefix}-{next(_numbers)}"


class Answer(NamedTuple):
    """One HTTP answer. `obj` is its JSON, None when it is none."""

    code: int
    obj: Any
    text: str
    headers: httpx.Headers

    @property
    def message(self) -> str:
        """Of the Status that an error is."""
        return str(self.obj["message"]) if isinstance(self.obj, dict) else self.text


class Watch:
    """An open watch: its events one by one."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()

    def next(self) -> tuple[str, Object]:
        """(type, object) of the next event."""
        event = json.loads(next(self._lines))
        return event["type"], event["object"]

    def until(self, kind: str, **annotations: str) -> Object:
        """The next object of an event of this type that has these annotations."""
        while True:
            found, obj = self.next()
            have = obj["metadata"].get("annotations") or {}
            if found == kind and annotations.items() <= have.items():
                return obj


class Api:
    """Requests to one cluster. An answer of 400 or more raises AssertionError; `fails` wants one."""

    def __init__(self, cluster: LocalCluster, token: str = "") -> None:
        pki = cluster.data / "pki"
        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        if not token:
            context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        base = f"https://127.0.0.1:{cluster.port}"
        self.http = httpx.Client(base_url=base, verify=context, headers=headers, timeout=60.0)

    def close(self) -> None:
        self.http.close()

    def ask(
        self, method: str, path: str, body: Any = None, content_type: str = "", accept: str = "", **query: Any
    ) -> Answer:
        """Whatever the answer is. A `body` of bytes or text goes out as it is, else as JSON."""
        content = body if isinstance(body, bytes | str | None) else json.dumps(body)
        headers = {"Content-Type": content_type or "application/json"} if body is not None else {}
        headers["Accept"] = accept or "application/json"
        answer = self.http.request(method, path, content=content, headers=headers, params=query)
        try:
            obj = json.loads(answer.content)
        except ValueError:
            obj = None
        return Answer(answer.status_code, obj, answer.text, answer.headers)

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The object answered."""
        answer = self.ask(method, path, body, **options)
        assert answer.code < 400, f"{method} {path}: {answer.code} {answer.text}"
        return answer.obj

    def fails(self, code: int, method: str, path: str, body: Any = None, **options: Any) -> str:
        """The message of an error with this code."""
        answer = self.ask(method, path, body, **options)
        assert answer.code == code, f"{method} {path}: {answer.code} {answer.text}"
        return answer.message

    def get(self, path: str, **query: Any) -> Any:
        return self("GET", path, **query)

    def create(self, path: str, obj: Object, **query: Any) -> Any:
        return self("POST", path, obj, **query)

    def update(self, path: str, obj: Object, **query: Any) -> Any:
        return self("PUT", path, obj, **query)

    def change(self, path: str, alter: Callable[[Object], Any], part: str = "") -> Any:
        """Writes the object as `alter` leaves it, at its path or a `part` below; tried again on conflicts."""

        def attempt() -> Answer | None:
            current = self.get(path)
            alter(current)
            answer = self.ask("PUT", path + part, current)
            assert answer.code in (200, 409), f"PUT {path}{part}: {answer.code} {answer.text}"
            return answer if answer.code == 200 else None

        written = until(attempt)
        assert written is not None
        return written.obj

    def patch(self, path: str, body: Any, content_type: str = MERGE_PATCH, **query: Any) -> Any:
        return self("PATCH", path, body, content_type=content_type, **query)

    def apply(self, path: str, obj: Object, manager: str = "manager", **query: Any) -> Any:
        body = yaml.safe_dump(obj)
        return self("PATCH", path, body, content_type=APPLY_PATCH, fieldManager=manager, **query)

    def delete(self, path: str, **query: Any) -> Any:
        return self("DELETE", path, **query)

    def gone(self, path: str) -> bool:
        return self.ask("GET", path).code == 404

    def names(self, path: str, **query: Any) -> list[str]:
        return [item["metadata"]["name"] for item in self.get(path, **query)["items"]]

    @contextmanager
    def watch(self, path: str, seconds: float = 30.0, **query: Any) -> Iterator[Watch]:
        """Reading past the last event for `seconds` fails."""
        query |= {"watch": "true", "timeoutSeconds": "60"}
        with self.http.stream("GET", path, params=query, timeout=httpx.Timeout(10.0, read=seconds)) as answer:
            assert answer.status_code == 200, answer.read()
            yield Watch(answer)

    @contextmanager
    def having(self, path: str, obj: Object) -> Iterator[Object]:
        """An object that goes away again, with what depends on it."""
        made = self.create(path, obj)
        yield made
        self.ask("DELETE", f"{path}/{made['metadata']['name']}", propagationPolicy="Background")


def in_background(target: Any) -> threading.Thread:
    """A thread that the test joins."""
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread
