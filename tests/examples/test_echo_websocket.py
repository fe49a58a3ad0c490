from __future__ import annotations

import subprocess
import sys

from tests.support.examples import ExampleProcess


def test_a_command_line_client_hears_its_own_words(example: ExampleProcess) -> None:
    url = example.http_url.replace("http:", "ws:") + "/echo"
    command = [sys.executable, "-m", "websockets", url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        for words in ("Hello", "Is somebody there?"):
            client.stdin.write(f"{words}\n")
            while f"< {words}" not in client.stdout.readline():
                assert client.poll() is None, "the client ended"
        client.stdin.close()
        assert "1000 (OK)" in client.stdout.read()
