"""A jobs file through Celery, as somebody would do it who knows Celery: tasks are
acknowledged late, each worker has one process, and the results come back.

    python celery_peer.py worker PORT NAME
    python celery_peer.py tasker PORT JOBS_FILE
"""

import subprocess
import sys
from pathlib import Path

from celery import Celery, group

app = Celery("celery_peer", broker=f"amqp://me:secret@127.0.0.1:{sys.argv[2]}//", backend="rpc://")
app.conf.update(task_acks_late=True, task_default_queue="celery-peer",
                worker_enable_remote_control=False)


@app.task(name="run")
def run(command: str) -> int:
    return subprocess.run(command, shell=True, check=False).returncode


def main() -> None:
    if sys.argv[1] == "worker":
        app.worker_main(["worker", "--pool=prefork", "--concurrency=1", "--loglevel=ERROR", f"--hostname={sys.argv[3]}",
                         "--without-gossip", "--without-mingle", "--without-heartbeat"])
        return
    commands = Path(sys.argv[3]).read_text().splitlines()
    codes = group(run.s(command) for command in commands).apply_async().get()
    if codes != [0] * len(commands):
        sys.exit("a command failed")


if __name__ == "__main__":
    main()
