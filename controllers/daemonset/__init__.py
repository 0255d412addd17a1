"""DaemonSets: one pod on every node that is right for it.

`controller` finds out what belongs to a set, `nodes` tells which nodes are right, `pods` builds pods, `plan`
is what one pass makes and deletes, `rolling` the step of a rolling update, `status` counts.
Source of the rules: upstream's controller.
"""
