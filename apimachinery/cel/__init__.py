"""The Common Expression Language as Kubernetes speaks it: parse, check, price, evaluate.

Pure functions over JSON values; no room, no clock, no I/O. Nothing here is imported before the first expression.

    program.compile(expression, variables: Mapping[str, CelType], *, returns: Sequence[CelType] = (),
                    structs: Structs = ...) -> Program        raises CompileError (cel-go's text)
    Program.evaluate(values: Mapping[str, Any], budget: Budget | None = None) -> Any
                                                              raises EvaluationError, BudgetExceeded
    Program.returns: CelType, Program.names: frozenset[str] of the variables it uses
    costs.Budget(total)                                       what several evaluations may cost together
    types.DYN, BOOL, INT, STRING, list_of(T), map_of(K, V), ...; schema_types.declare(raw_schema) -> CelType | None
    rules.check_schema(raw_schema, path) -> list[FieldError]  x-kubernetes-validations of a CRD version's schema
    rules.compiled(raw_schema) -> RuleSet | None              None when no rule is anywhere in it
    RuleSet.validate(obj, old: Object | None) -> Outcome      .errors and .warnings (ratcheted failures)

Values are JSON's: `int`, `float`, `str`, `bytes`, `list`, `dict`, `None`, and the classes of `values.py` for what
JSON has not (timestamps, durations, optionals, unsigned numbers, Kubernetes' own types).

Source: cel-spec, cel-go (parser, checker, checker/cost.go, interpreter), k8s.io/apiserver/pkg/cel.
"""
