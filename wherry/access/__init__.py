"""The commands' view of a cluster: where it is, what kinds it has, and what is said about its objects.

For people without kubectl. Talks to the API through `client` only; knows nothing of local processes but where
the kubeconfig of a local cluster lies.
"""
