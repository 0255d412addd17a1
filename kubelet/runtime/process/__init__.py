"""Containers as local processes, started by one small warm process per node (the zygote).

The zygote side (`zygote`, `proc`, `forks`, `mode`, `child`, `rootfs`, `notify`,
`syscalls`, `logfile`) imports only the standard
library and the stand-ins, so that it stays small and forks fast.
"""
