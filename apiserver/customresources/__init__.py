"""Custom resources: what the accepted CustomResourceDefinitions make the server serve.

`served.py` follows the definitions and keeps the server's scopes in step with them; `scope.py`, `strategy.py`
and `resource.py` describe one version of one kind as the verbs need it; `controller.py` accepts names and
`drain.py` empties what goes away. Whether a definition is valid is not decided here
(`registry/apiextensions`), nor whether a value fits its schema (`apimachinery/schema`).
"""
