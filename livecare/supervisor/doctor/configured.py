"""Checks a configuration: what a run with it would do, or every reason why it cannot."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from livecare.config import Config, Mistake, look_through, parted
from livecare.errors import ConfigError, LivecareError, SourceError
from livecare.sources import SOURCES, MicroManagerSettings, make_source
from livecare.sources.micromanager.settings import DEMO
from livecare.supervisor.doctor.finding import Finding, out_of_sight
from livecare.supervisor.doctor.surroundings import look_at_surroundings
from livecare.supervisor.exporting import check_exporter
from livecare.supervisor.guarded import Guarded
from livecare.supervisor.plan import Restorers, plan_restorers

CONFIGURATION: Final = "configuration"
"""What findings are called that say what is wrong with the file itself."""


def check_config(path: Path) -> tuple[Config | None, list[Finding]]:
    """Read a configuration, and say what a run with it would do.

    Returns
    -------
    Config or None
        None where it is wrong.
    list of Finding
        Every mistake is a red one of its own that is called "configuration".
    """
    try:
        config, mistakes = look_through(path)
    except ConfigError as error:
        return None, [Finding(CONFIGURATION, str(error), "red", "give the path of a TOML file")]
    except PermissionError as error:  # a model's path, which a name could be
        return None, [out_of_sight(CONFIGURATION, error)]
    if config is None:
        return None, [_mistaken(mistake) for mistake in mistakes]
    checks: dict[str, Callable[[Config], list[Finding]]] = {
        "source": _source,
        "restorer": _restorer,
        "security": _keys,
        "metrics": _metrics,
    }
    findings: list[Finding] = []
    for subject, check in checks.items():
        try:
            findings += check(config)
        except PermissionError as error:
            findings.append(out_of_sight(subject, error))
        except LivecareError as error:
            what, cure = parted(str(error))
            findings.append(Finding(CONFIGURATION, what, "red", cure))
    if not what_is_wrong(findings):
        findings.insert(0, Finding(CONFIGURATION, f"{path} is right"))
    return config, [*findings, *look_at_surroundings(config)]


def what_is_wrong(findings: list[Finding]) -> str:
    """Say every mistake that was found in the configuration, a line each; "" for none."""
    wrong = [each for each in findings if each.what == CONFIGURATION and each.light == "red"]
    return "\n".join(f"{each.found}; {each.cure}" for each in wrong)


def _mistaken(mistake: Mistake) -> Finding:
    return Finding(CONFIGURATION, f"{mistake.where}: {mistake.what}", "red", mistake.cure)


def _source(config: Config) -> list[Finding]:
    section = config.source
    check = SOURCES[section.kind].check
    try:
        with config.origin.naming(f"source.{section.kind}", "source.micromanager.config"):
            _check_hardware(section.settings)
            make_source(section.kind, section.settings).close()
            if check is not None:
                check(section.settings)
    except SourceError as error:  # the file is right, and what it names may yet come
        what, cure = parted(str(error))
        return [Finding("source", what, "red", cure)]
    return [Finding("source", section.kind)]


def _check_hardware(settings: object) -> None:
    if not isinstance(settings, MicroManagerSettings) or settings.config in (None, DEMO):
        return
    if not Path(str(settings.config)).is_file():
        raise ConfigError(
            f"config is {settings.config}, which does not exist; give the path of your hardware "
            "configuration"
        )


def _restorer(config: Config) -> list[Finding]:
    restorers = plan_restorers(config)
    return [Finding("restorer", "raw only" if restorers is None else _in_words(restorers))]


def _in_words(plan: Restorers) -> str:
    return (
        f"engine {plan.engine}, precision {plan.precision}, model {plan.model.name}, "
        f"{plan.normalisation}"
    )


def _keys(config: Config) -> list[Finding]:
    with config.origin.naming("security", "security.server_key"):
        guarded = Guarded.by(config)
    if guarded is None:
        return [Finding("security", "this machine only, without keys")]
    return [Finding("security", "other machines with keys that are listed")]


def _metrics(config: Config) -> list[Finding]:
    with config.origin.naming("metrics", "metrics.textfile"):
        check_exporter(config.metrics)
    return []
