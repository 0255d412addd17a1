"""Jobs: pods run to completion, each counted once. CronJobs and the fate of finished Jobs stay outside."""
