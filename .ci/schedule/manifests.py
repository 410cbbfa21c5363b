"""manifests.py FOLDER: the manifests of jobs/deploy/kubernetes against the schemas of who reads them.

A CronJob goes against Kubernetes' own JSON schema, in which an unknown field is an error. What is for the Spark operator
goes through its own typed model: what comes back out of it must be what went in, so a field that it does not know, and
one of another type, shows. (The models have no values of enumerations.) Of each manifest three copies with a fault must
be found.
"""

import copy
import pathlib
import sys

import kubernetes_validate
import yaml
from kubeflow_spark_api import models

VERSION = "1.37"
OPERATOR = {
    "SparkApplication": models.SparkV1beta2SparkApplication,
    "ScheduledSparkApplication": models.SparkV1beta2ScheduledSparkApplication,
}


def problem(manifest):
    """What is wrong with it; None if nothing is."""
    if manifest["kind"] in OPERATOR:
        try:
            read = OPERATOR[manifest["kind"]].from_dict(manifest).to_dict()
        except ValueError as e:
            return str(e)
        return None if read == manifest else "a field is unknown"
    try:
        kubernetes_validate.validate(manifest, VERSION, strict=True)
    except kubernetes_validate.ValidationError as e:
        return e.message
    return None


def faults(manifest):
    """Copies of it with one fault each, deep inside."""
    pod = ["spec", "jobTemplate", "spec", "template", "spec", "containers", 0]
    places = {
        "CronJob": [pod + ["image"], pod + ["args"], ["spec", "jobTemplate", "spec", "podFailurePolicy", "rules"]],
        "SparkApplication": [["spec", "driver", "cores"], ["spec", "arguments"], ["spec", "restartPolicy", "onFailureRetries"]],
        "ScheduledSparkApplication": [["spec", "template", *place] for place in (["driver", "cores"], ["arguments"], ["mode"])],
    }
    for *way, last in places[manifest["kind"]]:
        misnamed, mistyped = copy.deepcopy(manifest), copy.deepcopy(manifest)
        for broken in (misnamed, mistyped):
            inner = broken
            for step in way:
                inner = inner[step]
            if broken is misnamed:
                inner[last + "s"] = inner.pop(last)
            else:
                inner[last] = {"of": "another type"}
        yield last, misnamed
        yield last, mistyped


def main(folder):
    files = sorted(pathlib.Path(folder).glob("*.yaml"))
    for file in files:
        manifest = yaml.safe_load(file.read_text())
        found = problem(manifest)
        if found:
            sys.exit(f"{file}: {found}")
        count = 0
        for place, broken in faults(manifest):
            count += 1
            if not problem(broken):
                sys.exit(f"{file}: a fault at {place} was not found")
        print(f"{file.name}: a sound {manifest['kind']}; {count} faults found")
    if len(files) != 3:
        sys.exit(f"{folder}: {len(files)} manifests")


main(sys.argv[1])
