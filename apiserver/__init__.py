"""The REST server on a versioned store, as kube-apiserver.

May import `apimachinery` only; other components meet it through HTTP.
"""
