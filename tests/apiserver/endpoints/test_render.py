"""Representations: JSON, pretty, YAML, Table, PartialObjectMetadata, and gzip for what is long."""

from __future__ import annotations

import pytest

from ..harness import CONFIG_MAPS, PODS, Api, Reply, config_map, drive, pod

YAML = "application/yaml"
TABLE = "application/json;as=Table;v={};g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIALS = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


def answer(path: str, accept: str = "") -> Reply:
    """What a server with the ConfigMap `a` and the pod `a` says."""
    found: list[Reply] = []

    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map(data={"k": "v"}))
        await api.create(PODS, pod())
        found.append(await api.get(path, accept))

    drive(scenario)
    return found[0]


def test_json_begins_with_kind_and_version() -> None:
    reply = answer(f"{CONFIG_MAPS}/a")
    assert reply.text.startswith('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a",')
    assert reply.header("content-type") == "application/json"


@pytest.mark.parametrize("query", ["?pretty=true", "?pretty=1"])
def test_pretty_is_indented_by_two(query: str) -> None:
    assert answer(f"{CONFIG_MAPS}/a{query}").text.startswith('{\n  "kind": "ConfigMap",\n')
    assert answer(CONFIG_MAPS + query).text.endswith("\n}")


def test_yaml_is_sorted() -> None:
    reply = answer(f"{CONFIG_MAPS}/a", "application/yaml")
    assert reply.header("content-type") == "application/yaml"
    assert reply.text.startswith("apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n")


def test_a_list_carries_its_revision_and_bare_items() -> None:
    found = answer(CONFIG_MAPS).json
    assert (found["kind"], found["metadata"]) == ("ConfigMapList", {"resourceVersion": "5"})
    assert "kind" not in found["items"][0]
    assert '\nkind: ConfigMapList\nmetadata:\n  resourceVersion: "5"\n' in answer(CONFIG_MAPS, YAML).text


def test_an_empty_list_has_items() -> None:
    assert answer("/api/v1/secrets").text.endswith('"items":[]}')


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_table_of_one_and_of_many(version: str) -> None:
    one = answer(f"{PODS}/a", TABLE.format(version)).json
    many = answer(PODS, TABLE.format(version)).json
    for table in (one, many):
        assert (table["kind"], table["apiVersion"]) == ("Table", f"meta.k8s.io/{version}")
        assert [c["name"] for c in table["columnDefinitions"]][:3] == ["Name", "Ready", "Status"]
        assert table["rows"][0]["cells"][:3] == ["a", "0/1", "Pending"]
        assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"


@pytest.mark.parametrize(("policy", "kind"), [("Object", "Pod"), ("None", None), ("Metadata", "Partial")])
def test_a_row_may_carry_its_object(policy: str, kind: str | None) -> None:
    found = answer(f"{PODS}?includeObject={policy}", TABLE.format("v1")).json["rows"][0]["object"]
    assert (found is None) == (kind is None)
    assert kind is None or found["kind"].startswith(kind)


def test_an_unknown_policy_is_refused() -> None:
    reply = answer(f"{PODS}?includeObject=Some", TABLE.format("v1"))
    assert reply.status == 400
    assert 'includeObject: Invalid value: "Some"' in reply.message


def test_metadata_alone() -> None:
    one = answer(f"{PODS}/a", PARTIAL).json
    assert (one["kind"], one["apiVersion"], one["metadata"]["name"]) == (
        "PartialObjectMetadata",
        "meta.k8s.io/v1",
        "a",
    )
    assert "spec" not in one
    many = answer(PODS, PARTIALS).json
    assert (many["kind"], many["items"][0]["kind"]) == ("PartialObjectMetadataList", "PartialObjectMetadata")


@pytest.mark.parametrize(
    ("path", "accept", "relation"),
    [(f"{PODS}/a", PARTIALS, "is not a list (*core.Pod)"), (PODS, PARTIAL, "is a list (*core.PodList)")],
)
def test_a_list_is_not_an_object(path: str, accept: str, relation: str) -> None:
    reply = answer(path, accept)
    assert reply.status == 406
    assert reply.message.endswith(f"but the requested object {relation}")


def test_long_answers_are_compressed_for_who_can_read_them() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map(data={"k": "v" * 200_000}))
        plain = await api.get(CONFIG_MAPS)
        packed = await api.ask("GET", CONFIG_MAPS, headers={"accept-encoding": "gzip, deflate"})
        assert (packed.header("content-encoding"), packed.header("vary")) == ("gzip", "Accept-Encoding")
        assert int(packed.header("content-length")) == len(packed.raw) < 10_000
        assert (plain.header("content-encoding"), plain.body) == ("", packed.body)

    drive(scenario)


def test_errors_are_yaml_for_who_reads_yaml() -> None:
    reply = answer(f"{CONFIG_MAPS}/nope", "application/yaml")
    assert (reply.status, reply.header("content-type")) == (404, "application/yaml")
    assert "reason: NotFound" in reply.text


def test_every_answer_may_not_be_cached() -> None:
    for path in (CONFIG_MAPS, f"{CONFIG_MAPS}/nope"):
        assert answer(path).header("cache-control") == "no-cache, private"
