"""Checks a configuration: what a run with it would do, or why it cannot."""

from pathlib import Path

from livecare.config import Config, read_config
from livecare.errors import ConfigError
from livecare.sources import MicroManagerSettings
from livecare.sources.micromanager.settings import DEMO
from livecare.supervisor.doctor.finding import Finding
from livecare.supervisor.plan import Restorers, plan_restorers


def check_config(path: Path) -> tuple[Config, list[Finding]]:
    """Read a configuration, and say what a run with it would do.

    Raises
    ------
    UsageError
        If it is wrong or asks for what is not there.
    """
    config = read_config(path)
    restorers = plan_restorers(config)
    _check_hardware(path, config.source.settings)
    how = "raw only" if restorers is None else _restorers(restorers)
    return config, [
        Finding("configuration", f"{path} is right"),
        Finding("source", config.source.kind),
        Finding("restorer", how),
        _recording(config),
    ]


def _check_hardware(path: Path, settings: object) -> None:
    if not isinstance(settings, MicroManagerSettings) or settings.config in (None, DEMO):
        return
    if not Path(str(settings.config)).is_file():
        raise ConfigError(
            f"{path}: 'source.micromanager.config' names {settings.config}, which does not exist; "
            "give the path of your hardware configuration"
        )


def _restorers(plan: Restorers) -> str:
    return (
        f"engine {plan.engine}, precision {plan.precision}, model {plan.model.name}, "
        f"{plan.normalisation}"
    )


def _recording(config: Config) -> Finding:
    store = config.store.path
    if store.exists() and not config.store.overwrite:
        cure = "set store.path to a new name, or store.overwrite to true"
        return Finding("recording", f"{store} exists already", "red", cure)
    return Finding("recording", str(store))
