"""`policypress serve`: the draft and the site on this machine, rebuilt at every edit; writes nothing into the repository."""

from policypress.preview.serving import serve

__all__ = ["serve"]
