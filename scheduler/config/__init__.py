"""`KubeSchedulerConfiguration` (kubescheduler.config.k8s.io/v1): its fields, defaults, and what is refused.

Reads files and values only: nothing here schedules or speaks to the API.
"""
