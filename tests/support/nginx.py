"""nginx with a recipe of `deploy/`, or another one, in its `http` block."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.deadline import DEADLINE, wait_until
from tests.support.machine import require
from tests.support.ports import ReservedPort

# What lies in /etc/nginx/nginx.conf around a recipe, with every path in a folder of the test's.
_AROUND = """\
daemon off;
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/recipe.conf;
}}
"""


def substituted(recipe: str, places: Mapping[str, str]) -> str:
    """A recipe with addresses and files of the test's in place of its own, each of which it must have."""
    for theirs, ours in places.items():
        assert theirs in recipe, f"the recipe has no {theirs!r}"
        recipe = recipe.replace(theirs, ours)
    return recipe


@contextmanager
def running_nginx(folder: Path, recipe: str, port: ReservedPort) -> Iterator[subprocess.Popen[bytes]]:
    """Nginx, its master, for a block, once it takes connections at the port; it must end with status 0.

    Raises:
        RuntimeError: with its errors, when it ends instead.
    """
    program = require("nginx")
    (folder / "recipe.conf").write_text(recipe)
    (folder / "nginx.conf").write_text(_AROUND.format(folder=folder, user=_user()))
    errors = folder / "error.log"
    command = [str(program), "-e", str(errors), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as nginx:

        def is_ready() -> bool:
            if nginx.poll() is not None:
                raise RuntimeError(f"nginx ended with status {nginx.returncode}\n{errors.read_text()}")
            return port.answers()

        try:
            wait_until(is_ready, "nginx to take connections")
            yield nginx
        finally:
            nginx.terminate()
            assert nginx.wait(DEADLINE) == 0


def _user() -> str:
    """Who runs the tests: under root nginx would become somebody who may not write into their folder."""
    return pwd.getpwuid(os.getuid()).pw_name
