"""The recipes of `deploy/` before several hosts, in plain HTTP: TLS by them is for tests/deploy/test_proxies.py.

Hosts are given as `127.0.0.1:port`; each of the proxies gives its URL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.machine import ROOT, require
from tests.support.nginx import running_nginx, substituted
from tests.support.ports import ReservedPort
from tests.support.proxies import AROUND_CADDY, running_proxy

_DEPLOY = ROOT / "deploy"
_NGINX_TLS = """\
    ssl_certificate     /etc/letsencrypt/live/chat.example.org/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/chat.example.org/privkey.pem;
"""
_NGINX_REDIRECT = """\
server {
    listen 80;
    server_name chat.example.org;
    return 301 https://$host$request_uri;
}
"""
_NGINX_AFFINITY = {"#hash $remote_addr": "hash $remote_addr"}
_HAPROXY_TLS = "    bind :443 ssl crt /etc/haproxy/chat.example.org.pem alpn h2,http/1.1\n"
_HAPROXY_REDIRECT = "    http-request redirect scheme https code 301 unless { ssl_fc }\n"
_HAPROXY_AFFINITY = {
    "    balance leastconn\n": "",
    "#balance source": "balance source",
    "#hash-type consistent": "hash-type consistent",
}
_CADDY_AFFINITY = {"\t\tlb_policy round_robin\n": "", "#lb_policy ip_hash": "lb_policy ip_hash"}


def nginx_recipe(hosts: Sequence[str], port: ReservedPort, *, affinity: bool = False) -> str:
    """What nginx is to include."""
    places = {
        "    server 127.0.0.1:8000 fail_timeout=2s;\n": "".join(
            f"    server {host} fail_timeout=2s;\n" for host in hosts
        ),
        "listen 443 ssl http2;": f"listen {port.bind};",
        _NGINX_TLS: "",
        _NGINX_REDIRECT: "",
    }
    return substituted((_DEPLOY / "nginx.conf").read_text(), places | (_NGINX_AFFINITY if affinity else {}))


@contextmanager
def nginx_before(folder: Path, hosts: Sequence[str], *, affinity: bool = False) -> Iterator[str]:
    """By `deploy/nginx.conf`."""
    with ReservedPort() as port, running_nginx(folder, nginx_recipe(hosts, port, affinity=affinity), port):
        yield f"http://{port.bind}"


@contextmanager
def haproxy_before(folder: Path, hosts: Sequence[str], *, affinity: bool = False) -> Iterator[str]:
    """By `deploy/haproxy.cfg`."""
    servers = "".join(f"    server host-{number} {host}\n" for number, host in enumerate(hosts, 1))
    with ReservedPort() as port:
        places = {
            "maxconn 20000": "maxconn 500",  # so that it starts under any `ulimit`
            "bind :80": f"bind {port.bind}",
            _HAPROXY_TLS: "",
            _HAPROXY_REDIRECT: "",
            "    server one 127.0.0.1:8000\n": servers,
        }
        recipe = folder / "haproxy.cfg"
        text = (_DEPLOY / "haproxy.cfg").read_text()
        recipe.write_text(substituted(text, places | (_HAPROXY_AFFINITY if affinity else {})))
        with running_proxy([str(require("haproxy")), "-W", "-db", "-f", str(recipe)], folder, port, {}):
            yield f"http://{port.bind}"


@contextmanager
def caddy_before(folder: Path, hosts: Sequence[str], *, affinity: bool = False) -> Iterator[str]:
    """By `deploy/Caddyfile`."""
    with ReservedPort() as port:
        recipe = folder / "Caddyfile"
        text = substituted((_DEPLOY / "Caddyfile").read_text(), _CADDY_AFFINITY if affinity else {})
        recipe.write_text(AROUND_CADDY.format(plain=port.number) + text)
        environment = {
            "HUBBUB_SITE": f"http://{port.bind}",
            "HUBBUB_UPSTREAM": " ".join(hosts),
            "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
        }
        command = [str(require("caddy")), "run", "--adapter", "caddyfile", "--config", str(recipe)]
        with running_proxy(command, folder, port, environment):
            yield f"http://{port.bind}"
