"""Ensembles: models that were made apart, folded into one package.

`membership` says which go together, `folding` joins their networks, `mixture` says what must come
out, and `making` writes the package once both agree.
"""

from livecare.ensembles.making import make_ensemble

__all__ = ["make_ensemble"]
