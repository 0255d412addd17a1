"""Deployments: ReplicaSets per template, rolled from one to the next.

`controller` decides which road a Deployment takes; `revisions` knows its ReplicaSets, `scaling` changes
their size, `rolling` is the step of a rolling update, `progress` computes the status, `facts` does the sums.
Source of the rules: upstream's deployment controller.
"""
