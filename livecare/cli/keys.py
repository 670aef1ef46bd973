"""`livecare keys`: makes the keys of those who connect to a run from another machine."""

import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    help="Make and look at the keys by which a run lets other machines in (docs/security.md).",
)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose keys: a person, a computer, a microscope.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the two files; made if it is missing.")],
) -> None:
    """Make a public and a secret key; nothing that is there already is overwritten."""
    from livecare.keys import create_keys

    public, secret = create_keys(name, out)
    typer.echo(f"{secret}: the secret key. Keep it where it is used, and give it to nobody.")
    typer.echo(f"{public}: the public key, for whoever is to know {name}.")
    if os.name == "nt":
        typer.echo(
            "Windows gives the files the rights of their folder: keep the secret one below your "
            "own user's folder, where other users cannot read it."
        )


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="A file of keys, public or secret.")],
) -> None:
    """Print the public key in a file; the secret one is never shown."""
    from livecare.keys import SECRET_SUFFIX, read_pair, read_public

    secret = file.name.endswith(SECRET_SUFFIX)
    public = read_pair(file).public if secret else read_public(file)
    typer.echo(f"{public.decode()}  {'secret and public key' if secret else 'public key'}")
