"""The functions of the language: one module a library, each a tuple FUNCTIONS of declarations.

Only pure functions of values belong here; what a library needs from outside comes in as a value (the
authorizer).
"""
