"""A corpus, packed, verified, embedded and reported on each night, as an Airflow DAG.

Copy this file into the DAG folder of Airflow 3 and set its parameters: in the form that triggers a run, or below as
defaults. Every stage is a command of ``jobs/bin/varlen``, which is idempotent: what is complete is left alone
(``"unchanged": true``), what a killed run left is continued, so that a stage may run again at any time.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from airflow.sdk import DAG, BaseOperator, Context, Param, chain
from airflow.sdk.exceptions import AirflowException, AirflowFailException

#: Each stage's command line; a parameter is one word, whatever is in it.
STAGES = {
    "pack": "pack --input {{params.input}} --input-format {{params.input_format}} --tokenizer {{params.tokenizer}}"
    " --seq-len {{params.seq_len}} --output {{params.output}}/packed --master {{params.master}}",
    "verify": "verify --input {{params.output}}/packed --master {{params.master}}",
    "embed": "embed --input {{params.input}} --input-format {{params.input_format}} --model {{params.model}}"
    " --output {{params.output}}/embedded --master {{params.master}}",
    "report": "report --input {{params.output}}/packed --master {{params.master}}",
}


class VarlenOperator(BaseOperator):
    """Runs one ``varlen`` command and hands on its figures.

    The command runs with ``--json``, so the last line of its standard output is one JSON object, which becomes the
    task's XCom; progress and logs are on standard error, in the task's log. Status 2 (wrong usage, changed input) and
    a check that did not pass (``verify`` on damaged data) fail at once: the same again would end the same. Anything
    else is left to ``retries``.

    Parameters
    ----------
    launcher
        The path of ``jobs/bin/varlen``. A template.
    words
        The command and its options. Each is a template.
    """

    template_fields: Sequence[str] = ("launcher", "words")

    def __init__(self, *, launcher: str, words: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.launcher = launcher
        self.words = words

    def execute(self, context: Context) -> dict[str, Any]:
        process = subprocess.Popen([self.launcher, *self.words, "--json"], stdout=subprocess.PIPE, text=True)
        try:
            out, _ = process.communicate()
        except BaseException:  # the task was cleared, marked or timed out: Spark is to end with it
            process.terminate()
            process.wait()
            raise
        told = self.told(out)
        if process.returncode == 0:
            return told
        why = told.get("error") or f"{self.words[0]} ended with status {process.returncode}: {json.dumps(told)}"
        if process.returncode == 2 or (told and "error" not in told):
            raise AirflowFailException(why)
        raise AirflowException(why)

    @staticmethod
    def told(out: str) -> dict[str, Any]:
        """What the last line says; nothing where a command was killed before it could say something."""
        lines = out.splitlines() or [""]
        try:
            told = json.loads(lines[-1])
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}


with DAG(
    dag_id="varlen_pipeline",
    schedule="15 2 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,  # an input is what it is now: there is no past to make up for
    max_active_runs=1,  # one job at a time may write into a folder
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    params={
        "varlen": Param("/opt/varlen/jobs/bin/varlen", type="string"),
        "input": Param("/data/corpus", type="string"),
        "input_format": Param("text", enum=["text", "lines", "paragraphs", "jsonl", "parquet"]),
        "output": Param("/data/varlen", type="string"),
        "tokenizer": Param("tiktoken:cl100k_base", type="string"),
        "seq_len": Param(2048, type="integer", minimum=1),
        "model": Param("builtin:all-minilm-l6-v2", type="string"),
        "master": Param("local[*]", type="string"),
    },
    tags=["varlen"],
) as dag:
    chain(
        *(
            VarlenOperator(task_id=stage, launcher="{{params.varlen}}", words=command.split())
            for stage, command in STAGES.items()
        )
    )
