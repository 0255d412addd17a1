"""What an image name means on a node without a container engine: the catalogue, pulling, and the built-in
stand-ins.

No pods and no API here; `standins` imports the standard library only, because the zygote forks it.
"""
