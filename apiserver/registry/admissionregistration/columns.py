"""Table columns of the admissionregistration kinds, as clients of upstream receive them."""

from __future__ import annotations

from ..resource import AGE, NAME, Column

MUTATINGWEBHOOKCONFIGURATIONS = (
    NAME,
    Column(
        "Webhooks",
        "integer",
        "",
        ("Webhooks indicates the number of webhooks registered in this configuration"),
    ),
    AGE,
)

VALIDATINGADMISSIONPOLICIES = (
    NAME,
    Column(
        "Validations",
        "integer",
        "",
        ("Validations indicates the number of validation rules defined in this configuration"),
    ),
    Column(
        "ParamKind",
        "string",
        "",
        ("ParamKind specifies the kind of resources used to parameterize this policy"),
    ),
    AGE,
)

VALIDATINGADMISSIONPOLICYBINDINGS = (
    NAME,
    Column(
        "PolicyName",
        "string",
        "",
        ("PolicyName indicates the policy definition which the policy binding binded to"),
    ),
    Column(
        "ParamRef",
        "string",
        "",
        ("ParamRef indicates the param resource which sets the configuration param"),
    ),
    AGE,
)

VALIDATINGWEBHOOKCONFIGURATIONS = (
    NAME,
    Column(
        "Webhooks",
        "integer",
        "",
        ("Webhooks indicates the number of webhooks registered in this configuration"),
    ),
    AGE,
)

MUTATINGADMISSIONPOLICIES = (
    NAME,
    Column(
        "Mutations",
        "integer",
        "",
        "Mutation indicates the number of mutations rules defined in this configuration",
    ),
    *VALIDATINGADMISSIONPOLICIES[2:],
)

MUTATINGADMISSIONPOLICYBINDINGS = VALIDATINGADMISSIONPOLICYBINDINGS
