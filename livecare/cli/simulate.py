"""`livecare simulate`: stand-ins for what is not at hand."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livecare.cli.scene_options import Photons, Seed, Size
from livecare.simulated_bridge.misbehaviour import DEFAULT_PORT, Misbehaviour

if TYPE_CHECKING:
    from livecare.simulated_bridge.server import SimulatedBridge

END_CHECK_S = 0.5
"""How soon an interruption ends a simulator where waits cannot be interrupted (Windows), s."""

BITS = (8, 16)
"""What a pixel may have: the camera's types are uint8 and uint16."""

app = typer.Typer(help="Simulated specimens and microscopes.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Stand-ins for what is not at hand."""


@app.command()
def specimen(
    out: Annotated[Path, typer.Argument(help="The OME-TIFF to write; must not exist.")],
    *,
    truth: Annotated[
        Path | None, typer.Option(help="Write the noise-free frames here, float32.")
    ] = None,
    frames: Annotated[int, typer.Option(min=1, help="How many frames.")] = 16,
    size: Size = (512, 512),
    photons: Photons = 15.0,
    seed: Seed = 0,
) -> None:
    """Write a moving low-light specimen, as the camera of `livecare demo` sees it."""
    from livecare.simulated_files import write_specimen

    typer.echo(write_specimen(out, truth, frames=frames, size_yx=size, photons=photons, seed=seed))


def _check_bits(bits: int) -> int:
    if bits not in BITS:
        raise typer.BadParameter(f"{bits}: a pixel has 8 or 16 bits")
    return bits


@app.command("mm-bridge")
def mm_bridge(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="TCP port; 0 for any that is free.")
    ] = DEFAULT_PORT,
    size: Size = (512, 512),
    bits: Annotated[
        int, typer.Option(callback=_check_bits, metavar="8|16", help="Bits per pixel.")
    ] = 16,
    rate: Annotated[float, typer.Option(min=0.01, help="Frames per second.")] = 50.0,
    channel: Annotated[str, typer.Option(help="Name of the channel.")] = "GFP",
    photons: Photons = 20.0,
    seed: Seed = 0,
    live: Annotated[bool, typer.Option(help="Begin with live mode on.")] = True,
    misbehave: Annotated[
        list[Misbehaviour] | None, typer.Option(help="What goes wrong; may be given repeatedly.")
    ] = None,
    every: Annotated[
        int, typer.Option(min=1, help="It goes wrong at each so many-th frame that is fetched.")
    ] = 50,
    slow: Annotated[float, typer.Option(min=0, help="How late a slow reply is, s.")] = 3.0,
    away: Annotated[float, typer.Option(min=0, help="How long a restart takes, s.")] = 1.0,
) -> None:
    """Be a Micro-Manager whose server can be tapped, until interrupted: it can misbehave too."""
    from livecare.simulated_bridge.server import SimulatedBridge
    from livecare.simulated_bridge.settings import SimulatedBridgeSettings

    bridge = SimulatedBridge(
        SimulatedBridgeSettings(
            port=port,
            size_yx=size,
            dtype="uint8" if bits == BITS[0] else "uint16",
            rate_hz=rate,
            channel=channel,
            photons=photons,
            seed=seed,
            live=live,
            misbehaviours=frozenset(misbehave or ()),
            every=every,
            slow_s=slow,
            away_s=away,
        )
    )
    _serve(bridge)


def _serve(bridge: "SimulatedBridge") -> None:
    """Let it be used until somebody interrupts it."""
    bridge.start()
    typer.echo(f"listening on {bridge.endpoint}; live mode began at {bridge.camera.began_ns} ns")
    try:
        while not bridge.wait(END_CHECK_S):
            pass
    except KeyboardInterrupt:
        typer.echo("stopped")
    finally:
        bridge.stop()
