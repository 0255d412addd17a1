"""Accept and Content-Type: which clause is taken, and what is refused."""

from __future__ import annotations

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.endpoints.negotiation import JSON_TYPE, YAML_TYPE, Output, body_type, output

TABLE = b"application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize("accept", [None, b"", b"*/*", b"application/json", b" application/json ;q=0.5"])
def test_json_is_the_default(accept: bytes | None) -> None:
    assert output(accept) == Output(JSON_TYPE)


def test_the_best_quality_wins_and_order_breaks_ties() -> None:
    assert output(b"application/json;q=0.5, application/yaml").media == YAML_TYPE
    assert output(b"application/yaml;q=0.5, application/json;q=0.9").media == JSON_TYPE
    assert output(b"application/yaml, application/json").media == YAML_TYPE


def test_kubectl_asks_for_a_table_or_else_json() -> None:
    found = output(TABLE + b",application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json")
    assert (found.kind, found.version) == ("Table", "v1")


@pytest.mark.parametrize(
    "clause",
    [
        b"application/json;as=Chair;v=v1;g=meta.k8s.io",
        b"application/json;as=Table;v=v2;g=meta.k8s.io",
        b"application/json;as=Table;v=v1;g=apps",
        b"application/json;stream=fly",
    ],
)
def test_a_clause_that_cannot_be_met_is_passed_over(clause: bytes) -> None:
    assert output(clause + b",application/json") == Output(JSON_TYPE)
    with pytest.raises(StatusError) as refused:
        output(clause)
    assert refused.value.code == 406


def test_nothing_that_is_offered() -> None:
    with pytest.raises(StatusError) as refused:
        output(b"text/html")
    assert refused.value.code == 406
    assert "application/yaml, application/vnd.kubernetes.protobuf" in refused.value.message
    with pytest.raises(StatusError) as refused:
        output(b"text/html", True)
    assert "application/json;stream=watch" in refused.value.message


def test_a_watch_is_never_yaml() -> None:
    assert output(b"application/yaml,application/json", True, True).media == JSON_TYPE
    with pytest.raises(StatusError):
        output(b"application/yaml", True, True)


@pytest.mark.parametrize("value", [b"1", b"true"])
def test_pretty_printing(value: bytes) -> None:
    assert output(b"application/json;pretty=" + value).pretty
    assert not output(b"application/json;pretty=0").pretty


@pytest.mark.parametrize(
    ("given", "media"),
    [
        (None, JSON_TYPE),
        (b"", JSON_TYPE),
        (b"application/json; charset=utf-8", JSON_TYPE),
        (b"APPLICATION/YAML", YAML_TYPE),
        (b"text/plain", ""),
        (b"application/json, application/yaml", ""),
        (b"application/json; utf-8", ""),
    ],
)
def test_the_type_of_a_body(given: bytes | None, media: str) -> None:
    assert body_type(given) == media
