"""kubectl, for one namespace of the test cluster."""

import json
import subprocess
from dataclasses import dataclass

from kube.node import CLUSTER, PROGRAMS
from support.waiting import wait_until


@dataclass
class Answer:
    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Kubectl:
    def __init__(self, namespace: str):
        self.namespace = namespace

    def try_(self, *words: str, stdin: str | None = None, timeout: float = 120) -> Answer:
        command = [PROGRAMS / "kubectl", "--kubeconfig", CLUSTER / "state/keys/admin.kubeconfig",
                   "--namespace", self.namespace, *words]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, errors="replace",
                              timeout=timeout, check=False)
        return Answer(done.returncode, done.stdout, done.stderr)

    def __call__(self, *words: str, stdin: str | None = None, timeout: float = 120) -> str:
        answer = self.try_(*words, stdin=stdin, timeout=timeout)
        assert answer.code == 0, f"kubectl {' '.join(words)}: {answer}"
        return answer.out

    def objects(self, kind: str, selector: str = "") -> list[dict]:
        return json.loads(self("get", kind, "--selector", selector, "--output", "json"))["items"]

    def object(self, kind: str, name: str) -> dict:
        return json.loads(self("get", kind, name, "--output", "json"))

    def pods(self, selector: str = "") -> list[dict]:
        return self.objects("pods", selector)

    def names(self, selector: str = "", phase: str | None = None) -> list[str]:
        """Of pods, but not of those that are being deleted."""
        return [
            pod["metadata"]["name"] for pod in self.pods(selector)
            if phase in (None, pod["status"].get("phase")) and "deletionTimestamp" not in pod["metadata"]
        ]

    def logs(self, pod: str, *options: str) -> str:
        """What it said, and nothing if it has not begun."""
        return self.try_("logs", pod, *options).out

    def job_condition(self, name: str) -> tuple[str, str]:
        """Complete or Failed, and why; empty while it runs."""
        for each in self.object("job", name)["status"].get("conditions", []):
            if each["type"] in ("Complete", "Failed") and each["status"] == "True":
                return each["type"], each.get("message", "")
        return "", ""

    def await_job(self, name: str, condition: str = "Complete", timeout: float = 300) -> None:
        """Until the job is finished; fails at once if it ends otherwise."""
        def ended() -> bool:
            is_now, why = self.job_condition(name)
            assert is_now in ("", condition), f"job {name} is {is_now}: {why}\n{self.try_('logs', f'job/{name}').out}"
            return bool(is_now)

        wait_until(ended, lambda: f"job {name} is {condition}:\n{self('get', 'pods')}", timeout)
