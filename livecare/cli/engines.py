"""`livecare build` and `livecare swap`: engines made ahead of a run, or changed during one."""

from pathlib import Path
from typing import Annotated

import typer

from livecare.cli.control import say
from livecare.cli.engine_options import (
    ENGINE_HELP,
    PRECISION_HELP,
    Engine,
    PixelTypeOption,
    Precision,
    PrecisionOption,
    Threads,
)
from livecare.cli.run_options import Directory, Endpoint, Key, ServerKey, control_of
from livecare.errors import EXIT_FAILED


def build(
    model: Annotated[str, typer.Argument(help="A model's name, or its path.")],
    *,
    size: Annotated[tuple[int, int], typer.Option(help="Rows and columns of a frame, pixels.")],
    engine: Engine = "auto",
    precision: Precision = PrecisionOption.AUTO,
    batch: Annotated[int, typer.Option(min=1, help="Frames in a batch, at most.")] = 8,
    threads: Threads = None,
    dtype: Annotated[PixelTypeOption, typer.Option(help="Pixel type of the camera's frames.")] = (
        PixelTypeOption.UINT16
    ),
    restored_dtype: Annotated[
        PixelTypeOption | None, typer.Option(help="Pixel type of restored frames; else the same.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Build and check the engines that a run would take, so that it starts at once.

    Every engine of this machine is tried and said to be good or refused, with its figures; what
    is built lies in the cache. Exits with 1 where none can run the model.
    """
    import json
    from dataclasses import asdict

    from livecare.engines.building import Built, build_engines
    from livecare.load import engine_cores
    from livecare.models.package import find_model

    results: list[Built] = []
    for result in build_engines(
        find_model(model),
        size,
        engine=engine,
        precision=precision.value,
        batch=batch,
        threads=threads or engine_cores(),
        dtype=dtype.value,
        restored_dtype=restored_dtype.value if restored_dtype else None,
    ):
        first = result.good and not any(each.good for each in results)
        results.append(result)
        if not as_json:
            verdict = "good   " if result.good else "refused"
            typer.echo(f"{verdict}  {result.words}{'  <- a run takes this' if first else ''}")
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in results], indent=2, ensure_ascii=False))
    if not any(each.good for each in results):
        raise typer.Exit(EXIT_FAILED)


def swap(
    *,
    model: Annotated[str | None, typer.Option(help="A model's name, or its path.")] = None,
    engine: Annotated[str | None, typer.Option(help=ENGINE_HELP)] = None,
    precision: Annotated[PrecisionOption | None, typer.Option(help=PRECISION_HELP)] = None,
    directory: Directory = None,
    endpoint: Endpoint = None,
    key: Key = None,
    server_key: ServerKey = None,
) -> None:
    """Let the run go on with another model, engine or precision; no frame is lost.

    What is new is built, warmed and checked while the run goes on, and takes over between two
    frames. Exits with 1 if it cannot, and then nothing has changed.
    """
    from livecare.link.asking import ask
    from livecare.link.requests import CHANGED_S, SwapRequest
    from livecare.models.package import known_folder

    at = control_of(directory, endpoint, key, server_key)
    named = model is None or known_folder(model) is not None
    if model and endpoint is None and not named and Path(model).exists():
        model = str(Path(model).absolute())
    request = SwapRequest(model, engine, precision.value if precision else None)
    say(ask(at, request, CHANGED_S), "not changed")
