"""Priority and fairness: how many requests run at once, and whose turn it is when there are more.

`rules` tells which FlowSchema a request belongs to, `config` makes levels of the objects, `level` gives out
seats and keeps those that wait in `queues`, `borrowing` moves unused seats between levels, `controller` is
what the handler asks. `in_flight` is the plain limit that takes its place when it is turned off. Nothing here
knows what a request does. Source: KEP 1040 and "API Priority and Fairness" in the Kubernetes documentation.
"""
