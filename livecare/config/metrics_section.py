"""Knows how a run may be watched from outside, and what of that is refused."""

import re
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from livecare.config.section import Section

LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost", "::1")
TEXTFILE_SUFFIX: Final = ".prom"
"""What node_exporter's textfile collector reads, and nothing else."""
LABEL: Final = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*\Z")
"""A name of a label, as Prometheus allows it to users."""
OWN_LABELS: Final = frozenset(
    {
        "channel", "child", "device", "engine", "guard", "instance", "job", "lane", "le",
        "livecare", "model", "origin", "outcome", "precision", "python", "reason", "ring", "run_id",
        "stage", "state", "step", "store",
    }
)  # fmt: skip
"""Labels that livecare's metrics, or Prometheus itself, have already."""


def split_address(address: str) -> tuple[str, int]:
    """Return the host and the port of an address such as 127.0.0.1:9464. Raises ValueError."""
    parts = urlsplit(f"//{address}")
    if parts.netloc != address or "@" in address or not parts.hostname or not parts.port:
        raise ValueError("give a host and a port, as in 127.0.0.1:9464")
    return parts.hostname, parts.port


def _loopback_only(address: str) -> str:
    host, _ = split_address(address)
    if host not in LOOPBACK_HOSTS:
        raise ValueError(
            "only this machine may connect, as nobody is asked for a password here: give "
            "127.0.0.1:PORT, and put a reverse proxy in front for other machines"
        )
    return address


def _a_collectors_file(path: Path) -> Path:
    if not path.is_absolute() or path.suffix != TEXTFILE_SUFFIX:
        raise ValueError(
            f"give the whole path of a file that ends with {TEXTFILE_SUFFIX}, in the folder that "
            "node_exporter's --collector.textfile.directory names"
        )
    return path


def _no_label_of_ours(labels: dict[str, str]) -> dict[str, str]:
    for name in labels:
        if not LABEL.match(name) or name in OWN_LABELS:
            raise ValueError(
                f"'{name}' cannot be a label: give letters, digits and _, and none of "
                f"{', '.join(sorted(OWN_LABELS))}"
            )
    return labels


class MetricsSection(Section):
    """How monitoring sees the run; without http and textfile, nothing runs for it."""

    http: Annotated[str, AfterValidator(_loopback_only)] | None = Field(
        None,
        description="HOST:PORT of this machine that serves /metrics, /healthz, /readyz and "
        "/status; left out: none. Needs [metrics].",
    )
    textfile: Annotated[Path, AfterValidator(_a_collectors_file)] | None = Field(
        None,
        description="File of node_exporter's textfile collector that is kept up to date; left out: "
        "none. Needs [metrics].",
    )
    labels: Annotated[dict[str, str], AfterValidator(_no_label_of_ours)] = Field(
        default_factory=dict,
        description="Labels of every metric, to tell microscopes of one machine apart.",
    )
    ready_minutes: float = Field(
        10.0, ge=0, description="With less disk left, minutes, /readyz says no."
    )

    @property
    def wanted(self) -> bool:
        """Whether anything is to run for it."""
        return self.http is not None or self.textfile is not None
