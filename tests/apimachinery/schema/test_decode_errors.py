"""What does not fit is refused with the words of Go's decoder."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from wherry.apimachinery.schema.registry import builtin
from wherry.apimachinery.schema.strict import DecodeError

CONFIG_MAP = ("", "v1", "ConfigMap")
POD = ("", "v1", "Pod")
SERVICE = ("", "v1", "Service")
DEPLOYMENT = ("apps", "v1", "Deployment")
INGRESS = ("networking.k8s.io", "v1", "Ingress")
LEASE = ("coordination.k8s.io", "v1", "Lease")
DEFINITION = ("apiextensions.k8s.io", "v1", "CustomResourceDefinition")


def refusal(kind: tuple[str, str, str], text: str) -> str:
    schema = builtin(*kind)
    assert schema is not None
    with pytest.raises(DecodeError) as error:
        schema.decode(orjson.loads(text), (), text.encode())
    return str(error.value)


def containers(text: str) -> str:
    return '{"spec":{"containers":[{"name":"c",' + text + "}]}}"


TYPES: list[Any] = [
    (CONFIG_MAP, '{"data":{"k":1}}', "number into Go struct field ConfigMap.data of type string"),
    (CONFIG_MAP, '{"data":[]}', "array into Go struct field ConfigMap.data of type map[string]string"),
    (CONFIG_MAP, '{"metadata":"x"}', "string into Go struct field ConfigMap.metadata of type v1.ObjectMeta"),
    (CONFIG_MAP, '{"immutable":1}', "number into Go struct field ConfigMap.immutable of type bool"),
    (
        CONFIG_MAP,
        '{"metadata":{"uid":1}}',
        "number into Go struct field ObjectMeta.metadata.uid of type types.UID",
    ),
    (
        DEPLOYMENT,
        '{"spec":{"replicas":3000000000}}',
        "number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32",
    ),
    (
        DEPLOYMENT,
        '{"spec":{"replicas":0e1}}',
        "number 0e1 into Go struct field DeploymentSpec.spec.replicas of type int32",
    ),
    (
        POD,
        containers('"ports":[{"containerPort":80.5}]'),
        "number 80.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
    ),
    (
        POD,
        '{"spec":{"volumes":[{"name":"v","emptyDir":[]}]}}',
        "array into Go struct field Volume.spec.volumes.VolumeSource.emptyDir of type "
        "v1.EmptyDirVolumeSource",
    ),
    (
        INGRESS,
        '{"spec":{"rules":[{"http":{"paths":"x"}}]}}',
        "string into Go struct field HTTPIngressRuleValue.spec.rules.IngressRuleValue.http.paths of type "
        "[]v1.HTTPIngressPath",
    ),
    (
        SERVICE,
        '{"spec":{"ports":[{"targetPort":true}]}}',
        "bool into Go struct field ServicePort.spec.ports.targetPort of type int32",
    ),
    (
        LEASE,
        '{"spec":{"renewTime":1}}',
        "number into Go struct field LeaseSpec.spec.renewTime of type string",
    ),
    (
        DEFINITION,
        '{"spec":{"versions":[{"schema":{"openAPIV3Schema":{"maximum":"x"}}}]}}',
        "string into Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.maximum of type "
        "float64",
    ),
]


@pytest.mark.parametrize(("kind", "text", "tail"), TYPES)
def test_a_wrong_type_names_struct_field_and_type(kind: tuple[str, str, str], text: str, tail: str) -> None:
    assert refusal(kind, text) == f"json: cannot unmarshal {tail}"


QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


@pytest.mark.parametrize("value", ['"many"', "{}", "true", '""'])
def test_a_bad_quantity(value: str) -> None:
    assert refusal(POD, containers('"resources":{"limits":{"cpu":' + value + "}}")) == QUANTITY


def test_a_bad_time() -> None:
    text = '{"metadata":{"creationTimestamp":"yesterday"}}'
    wanted = 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'
    assert refusal(CONFIG_MAP, text) == wanted


def test_bad_base64() -> None:
    assert (
        refusal(("", "v1", "Secret"), '{"data":{"k":"not base64!"}}') == "illegal base64 data at input byte 3"
    )


def test_the_first_mismatch_of_the_document_counts() -> None:
    assert refusal(CONFIG_MAP, '{"immutable":"x","data":[]}').endswith("ConfigMap.immutable of type bool")


def test_a_type_that_decodes_itself_ends_everything_at_once() -> None:
    assert refusal(POD, '{"spec":{"nodeName":1,"overhead":{"cpu":"x"}}}') == QUANTITY


def test_a_boolean_or_a_schema() -> None:
    text = '{"spec":{"versions":[{"schema":{"openAPIV3Schema":{"additionalProperties":1}}}]}}'
    assert refusal(DEFINITION, text) == "boolean or JSON schema expected"


def test_endless_nesting() -> None:
    depth = 990
    nested = '{"not":' * depth + "{}" + "}" * depth
    text = '{"spec":{"versions":[{"schema":{"openAPIV3Schema":' + nested + "}}]}}"
    assert refusal(DEFINITION, text) == "exceeded max depth"
