"""The storage that Wherry brings along: `wherry.dev/host-path`, volumes that are directories of one node.

Here is what a CSI driver's sidecars do (provisioner, resizer); the directories are made, mounted and removed
by the kubelets. Nothing here may touch a file.
"""
