"""What watchers of a run cost it: `bench/watchers.py [WATCHERS] [SECONDS]`, with the daemon of
build/backpropd on a free port. The speed of the run is taken by its own thread's clock, so that
other programs on the machine do not count, and beside it stands what the threads that serve the
watchers take of all cores."""

import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

WATCHERS = int(sys.argv[1]) if len(sys.argv) > 1 else 500
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 8
ENDLESS = {
    "inputs": [[0, 0], [0, 1], [1, 0], [1, 1]],
    "targets": [[0], [1], [1], [0]],
    "epochs": 2**53,
}
NETWORK = {"inputs": 2, "layers": [{"units": 8}, {"units": 1}], "seed": 4}


def call(url, method, body=None, **headers):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, headers, method=method)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read()), answer.headers


def thread_seconds(pid):
    """CPU seconds of each thread of a process so far."""
    seconds = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
            seconds[thread] = int(file.read().split()[0]) * 1e-9
    return seconds


def measure(pid, url, run, poll):
    before, first, begun = thread_seconds(pid), call(url + run, "GET")[0], time.monotonic()
    events = poll(begun + SECONDS)
    last, after, wall = call(url + run, "GET")[0], thread_seconds(pid), time.monotonic() - begun
    spent = sorted((after[t] - before.get(t, 0) for t in after), reverse=True)
    training, others = spent[0], sum(spent[1:])
    return {
        "epochs_per_second": (last["epoch"] - first["epoch"]) / wall,
        "epochs_per_cpu_second": (last["epoch"] - first["epoch"]) / training,
        "other_threads_of_all_cores": others / wall / os.cpu_count(),
        "events_per_second": events / wall,
    }


def watch(address, run, count):
    sockets = []
    for _ in range(count):
        connection = socket.create_connection(address)
        connection.sendall(f"GET {run}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        connection.setblocking(False)
        sockets.append(connection)
    return sockets


def reader(sockets):
    selector = selectors.DefaultSelector()
    for connection in sockets:
        selector.register(connection, selectors.EVENT_READ)

    def poll(until):
        events = 0
        while time.monotonic() < until:
            for key, _ in selector.select(0.05):
                events += key.fileobj.recv(65536).count(b"event: progress")
        return events

    return poll


def main():
    with tempfile.TemporaryDirectory() as folder:
        command = ["build/backpropd", "--listen", "127.0.0.1:0", "--database", folder + "/db"]
        command += ["--log-level", "warn", "--workers", "2"]
        daemon = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            url = daemon.stdout.readline().split("listening on ")[1].split(",")[0]
            host, port = url.removeprefix("http://").split(":")
            call(url + "/v1/networks/a", "PUT", NETWORK)
            _, headers = call(
                url + "/v1/networks/a/train", "POST", ENDLESS, Prefer="respond-async"
            )
            run = headers["Location"]
            time.sleep(1)
            print("alone", measure(daemon.pid, url, run, lambda until: time.sleep(SECONDS) or 0))
            sockets = watch((host, int(port)), run, WATCHERS)
            poll = reader(sockets)
            poll(time.monotonic() + 2)
            print(f"{WATCHERS} watchers", measure(daemon.pid, url, run, poll))
        finally:
            daemon.terminate()
            daemon.wait()


main()
