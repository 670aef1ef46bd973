"""How little light is enough: what a restored image's error would be at shorter exposures.

Light to import: nothing is loaded before one of its modules is named.
"""
