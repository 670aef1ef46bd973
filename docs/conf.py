"""How Sphinx builds this folder: `sphinx-build -W -b html docs OUT`, with the extra `docs`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "extensions"), str(HERE.parent)]

from livecare import __version__  # noqa: E402 - of these sources, whatever is installed

project = "livecare"
author = "the livecare developers"
copyright = author  # noqa: A001 - Sphinx's own name
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "generated_pages",
    "outside_links",
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["pictures"]
html_theme = "furo"
html_title = f"livecare {release}"

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "separated"
napoleon_google_docstring = False
napoleon_use_ivar = False
autodoc_typehints_format = "short"
default_role = "code"
smartquotes = False
