"""Names of Services and pods: the cluster's name server, on the `kube-dns` ClusterIP of every machine.

`zone.py` knows the names and nothing of packets; `message.py` the packets and nothing of Services;
`server.py` the sockets. Source: kubernetes/dns docs/specification.md 1.1.0; where it is silent, CoreDNS with
kubeadm's Corefile. May import `client` and `apimachinery` only.
"""
