#!/usr/bin/env python3
"""What the guide's Python scripts do, in few lines of pika: the peer of
bench/distributed.

    guide_peer.py tasker PORT JOBS     publishes each line, waits for as many answers
    guide_peer.py worker PORT          runs each line by a shell, confirms, answers

One message at a time, durable queues, no order, no journal.
"""

import subprocess
import sys

import pika


def connect(port: str):
    credentials = pika.PlainCredentials("me", "secret")
    connection = pika.BlockingConnection(
        pika.ConnectionParameters("127.0.0.1", int(port), credentials=credentials))
    channel = connection.channel()
    channel.queue_declare("tasks", durable=True)
    channel.queue_declare("answers", durable=True)
    channel.basic_qos(prefetch_count=1)
    return channel


def work(channel) -> None:
    def run(_, method, properties, body):
        done = subprocess.run(body.decode(), shell=True, check=False)
        channel.basic_publish("", "answers", str(done.returncode),
                              pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent))
        channel.basic_ack(method.delivery_tag)

    channel.basic_consume("tasks", run)
    channel.start_consuming()


def give_out(channel, jobs: str) -> None:
    lines = open(jobs, encoding="utf-8").read().splitlines()
    for line in lines:
        channel.basic_publish("", "tasks", line,
                              pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent))
    left = len(lines)
    for method, _, _ in channel.consume("answers"):
        channel.basic_ack(method.delivery_tag)
        left -= 1
        if left == 0:
            return


if __name__ == "__main__":
    channel = connect(sys.argv[2])
    if sys.argv[1] == "worker":
        work(channel)
    else:
        give_out(channel, sys.argv[3])
