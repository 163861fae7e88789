"""nginx for the tests: the file of deploy/nginx, in a folder of its own, as one process without privileges.

It listens on the loopback only and never touches an nginx that was there before.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.gateway.processes import ROOT

TEMPLATE = ROOT / "deploy" / "nginx" / "encore.conf.template"
NAME = re.compile(r"\$\{(ENCORE_[A-Z]+)\}")
START_S = 30.0
LOOK_S = 0.02
MAIN = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/encore.conf;
}}
"""


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def filled(template: str, values: dict[str, str]) -> str:
    """The template with its ENCORE_ names filled in, as the official image does it. Raises KeyError for one without."""
    lines = [line for line in template.splitlines() if not line.startswith("#")]
    return NAME.sub(lambda name: values[name[1]], "\n".join(lines)) + "\n"


@dataclass(frozen=True, slots=True)
class Passed:
    """A request in the access log: its path, and whom it was given to one after another, with what each answered."""

    method: str
    path: str
    upstreams: tuple[str, ...]
    statuses: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Balancer:
    """A running nginx."""

    url: str
    log: Path

    @property
    def bases(self) -> list[str]:
        """Where fans come in: the one address there is."""
        return [self.url]

    def passed(self) -> list[Passed]:
        """Every request that has ended and was given to a process, in the order of their ends."""
        return [entry for line in self.log.read_text("utf-8").splitlines() if (entry := _entry(line)) is not None]


def _entry(line: str) -> Passed | None:
    said = re.fullmatch(r"\S+ \d+ (\S+) (\S+) (.+?) ([\d, -]+) [\d.]+", line)
    assert said is not None, line
    method, path, upstreams, statuses = said.groups()
    if upstreams == "-":
        return None
    codes = tuple(int(status) if status.isdigit() else 0 for status in statuses.split(", "))
    return Passed(method, path, tuple(upstreams.split(", ")), codes)


@contextmanager
def balancer(folder: Path, ports: Sequence[int]) -> Iterator[Balancer]:
    """nginx before the processes that listen on these ports of the loopback, while the block runs."""
    program = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
    assert program is not None, "the tests need nginx: `make services` installs it"
    folder.mkdir()
    port, log = free_port(), folder / "access.log"
    values = {
        "ENCORE_LISTEN": f"127.0.0.1:{port}",
        "ENCORE_TLS": "",
        "ENCORE_SERVERS": " ".join(f"server 127.0.0.1:{each} fail_timeout=1s;" for each in ports),
        "ENCORE_LOG": str(log),
    }
    (folder / "encore.conf").write_text(filled(TEMPLATE.read_text("utf-8"), values), "utf-8")
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder), "utf-8")
    arguments = (program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"))
    with subprocess.Popen(arguments, stdin=subprocess.DEVNULL) as process:
        try:
            until_listening(process, port)
            yield Balancer(f"http://127.0.0.1:{port}", log)
        finally:
            process.kill()


def until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    """Return when a process that has been started takes connections on a port of the loopback."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), START_S).close()
        except ConnectionRefusedError:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not listen"
            time.sleep(LOOK_S)
        else:
            return
