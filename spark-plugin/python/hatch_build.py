"""What a wheel of spark-varlen takes from the Maven build beside it: the version, and the one jar."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

CHECKOUT = Path(__file__).resolve().parents[2]


def maven_version() -> str:
    """The version in the parent POM, as Maven spells it."""
    found = re.search(r"<artifactId>varlen-parent</artifactId>\s*<version>([^<]+)</version>", (CHECKOUT / "pom.xml").read_text())
    if found is None:
        raise RuntimeError(f"{CHECKOUT / 'pom.xml'} names no version of varlen-parent")
    return found.group(1)


class VersionOfMaven(MetadataHookInterface):
    """``0.1.0-SNAPSHOT`` is ``0.1.0.dev0`` to Python."""

    def update(self, metadata: dict[str, Any]) -> None:
        metadata["version"] = maven_version().replace("-SNAPSHOT", ".dev0")


class JarOfMaven(BuildHookInterface):
    """Puts the one jar, and how the command line logs, into the package; an editable installation finds it in the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        jar = CHECKOUT / "jobs" / "target" / f"varlen-spark-{maven_version()}-all.jar"
        if not jar.is_file():
            raise RuntimeError(f"{jar} is not there; build-wheel makes it, or: mvn -DskipTests -pl jobs -am package")
        for file in jar, CHECKOUT / "jobs" / "bin" / "log4j2.properties":
            build_data["force_include"][str(file)] = f"spark_varlen/jars/{file.name}"
