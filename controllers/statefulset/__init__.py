"""StatefulSets: pods with a name, a place and claims of their own, made, updated and removed in order.

`controller` finds out what belongs to a set, `rollout` is one pass over it, `members` makes and removes its
pods, `claims` their volume claims, `facts` answers questions. Source of the rules: upstream's controller.
"""
