"""THIRD_PARTY.md lists all that livecare needs, with the licences that the packages name."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import yaml

import livecare

ROOT = Path(__file__).parents[2]
PACKAGE = Path(livecare.__file__).parent
ROW = re.compile(r"^\| ([\w.-]+) \|(?: `[^|]*\|)? ([^|]+?) \|$", re.MULTILINE)
FAMILIES = ("bsd", "mit", "apache", "lgpl", "proprietary", "non-commercial")
NOT_FOR_USERS = {"test", "lint", "docs", "audit"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def listed() -> dict[str, str]:
    rows = ROW.findall((ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8"))
    return {name: licence for name, licence in rows if name != "package"}


def needed() -> set[str]:
    extras = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"]]
    for extra in extras.keys() - NOT_FOR_USERS:
        wanted += extras[extra]
    names = {re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in wanted}
    return names - {"livecare"}


def stated(package: str) -> str:
    """Return what a package says of its licence; "" where it says nothing or is not installed."""
    try:
        facts = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return ""
    kinds = [each for each in facts.get_all("Classifier") or [] if each.startswith("License")]
    said = [facts.get("License-Expression", ""), facts.get("License", ""), *kinds]
    return " ".join(filter(None, said)).lower()


def test_what_livecare_needs_is_listed_and_nothing_else() -> None:
    assert listed().keys() == needed()


def test_each_licence_is_the_one_that_the_package_names() -> None:
    wrong = {}
    for package, licence in listed().items():
        families = [family for family in FAMILIES if family in licence.lower()]
        said = stated(package)
        if not families or (said and not any(family in said for family in families)):
            wrong[package] = licence, said[:100]
    assert wrong == {}


def test_models_in_the_package_are_listed_under_the_licence_that_they_name() -> None:
    text = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")
    cards = sorted((PACKAGE / "models" / "bundled").glob("*/bioimageio.yaml"))
    assert len(cards) == 3
    for card in cards:
        assert f"`{card.parent.name}`" in text
        assert yaml.safe_load(card.read_text(encoding="utf-8"))["license"] == "BSD-3-Clause"


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == livecare.__version__
    assert citation["license"] == PROJECT["license"]
    assert citation["title"] == PROJECT["name"]
    assert {"message", "authors", "abstract", "type"} <= citation.keys()
    dois = [each["doi"] for each in citation["references"]]
    assert all(re.fullmatch(r"10\.\d{4,}/\S+", doi) for doi in dois)
