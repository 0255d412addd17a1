"""CronJobs: when a Job is due, which of its Jobs run and which stay. What Jobs do stays outside."""
