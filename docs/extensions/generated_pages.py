"""Knows how commands, configuration and modules become pages: from the code, at each build."""

from typing import Any

import typer
from configuration_tables import configuration_page
from docutils import nodes
from module_lines import modules_page
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer.cli import get_docs_for_click
from typer.main import get_command

from livecare.cli.main import app as commands


def commands_page() -> str:
    """Write down every command with its arguments and options, as Markdown."""
    whole = get_command(commands)
    text = get_docs_for_click(
        obj=whole, ctx=typer.Context(whole, info_name="livecare"), name="livecare"
    )
    _, _, below_title = text.partition("\n")
    return below_title


class CommandsDirective(SphinxDirective):
    """`{livecare-commands}`: every command."""

    def run(self) -> list[nodes.Node]:
        """Return them."""
        return self.parse_text_to_nodes(commands_page(), allow_section_headings=True)


class ConfigurationDirective(SphinxDirective):
    """`{livecare-configuration}`: every key of the configuration."""

    def run(self) -> list[nodes.Node]:
        """Return them."""
        return self.parse_text_to_nodes(configuration_page(), allow_section_headings=True)


class ModulesDirective(SphinxDirective):
    """`{livecare-modules}`: every module in one line."""

    def run(self) -> list[nodes.Node]:
        """Return them."""
        return self.parse_text_to_nodes(modules_page(), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.add_directive("livecare-commands", CommandsDirective)
    app.add_directive("livecare-configuration", ConfigurationDirective)
    app.add_directive("livecare-modules", ModulesDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
