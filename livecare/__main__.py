"""Lets `python -m livecare` do what the command `livecare` does; child processes begin sooner."""

import sys
from pathlib import Path

from livecare import child_commands


def main() -> None:
    """Run a child process's command, or the command line."""
    match sys.argv[1:]:
        case [command, orders] if command in child_commands.COMMANDS and orders[:1] != "-":
            child_commands.main(command, Path(orders))
        case _:
            from livecare.cli import main as run_command_line  # noqa: PLC0415 it takes long to load

            run_command_line()


if __name__ == "__main__":
    main()
