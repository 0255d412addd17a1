"""Accept and Content-Type: which clause is taken, and what is refused."""

from __future__ import annotations

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.endpoints.negotiation import (
    JSON_TYPE,
    PROTOBUF_TYPE,
    YAML_TYPE,
    Output,
    body_type,
    for_errors,
    output,
)

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
    assert output(b"application/json,application/yaml", True, True).media == JSON_TYPE
    assert output(b"*/*", True, True).media == JSON_TYPE
    with pytest.raises(StatusError) as refused:
        output(b"application/yaml,application/json", True, True)
    assert refused.value.message.endswith(
        ": application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
    )


def test_pretty_printing() -> None:
    assert output(b"application/json;pretty=1").pretty
    assert not output(b"application/json;pretty=true").pretty


def test_go_clients_ask_for_protobuf_or_else_json() -> None:
    accept = b"application/vnd.kubernetes.protobuf,application/json"
    assert output(accept).media == PROTOBUF_TYPE
    assert output(accept, custom=True).media == JSON_TYPE
    with pytest.raises(StatusError) as refused:
        output(b"application/vnd.kubernetes.protobuf", custom=True)
    assert refused.value.message.startswith("only the following media types are accepted: application/json")


def test_a_table_has_no_protobuf_form_but_metadata_has() -> None:
    clause = b"application/vnd.kubernetes.protobuf;as=%b;v=v1;g=meta.k8s.io,application/json"
    assert output(clause % b"Table") == Output(JSON_TYPE)
    assert output(clause % b"PartialObjectMetadata", custom=True).media == PROTOBUF_TYPE


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (b"application/*,application/yaml;q=0.9", JSON_TYPE),
        (b"application/*,application/yaml", YAML_TYPE),
        (b"*/*,application/yaml;q=0.1", JSON_TYPE),
        (b"text/html,application/yaml;q=0.9,*/*;q=0.8", YAML_TYPE),
        (b"*,application/json", JSON_TYPE),
    ],
)
def test_wildcards_are_less_than_names(accept: bytes, media: str) -> None:
    assert output(accept).media == media


@pytest.mark.parametrize("parameter", [b"v=v1", b"g=apps", b"sv=v9"])
def test_half_a_transformation_is_none(parameter: bytes) -> None:
    with pytest.raises(StatusError):
        output(b"application/json;" + parameter)


def test_an_error_is_never_transformed() -> None:
    assert for_errors(TABLE + b",application/yaml").media == YAML_TYPE
    assert for_errors(b"application/vnd.kubernetes.protobuf").media == PROTOBUF_TYPE
    assert for_errors(b"text/html") == Output(JSON_TYPE, pretty=True)
    assert for_errors(None) == Output(JSON_TYPE)


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
