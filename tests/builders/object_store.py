"""A real S3 store for tests: a single-node Ceph RADOS Gateway on loopback, one for a run, shared by all its processes.

url = start(folder)     # creates it the first time (about 15 s), later calls only read the address
stop(folder)            # by the pid files in the folder, and only processes that were started with it
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
from minio import Minio

ACCESS, SECRET = "zhunbao", "a-secret-of-this-run"
LOCKED, PLAIN = "locked", "plain"
"""Buckets: with object lock (hence versioning), and as a bucket is without asking for anything."""
PROGRAMS = ("radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "ceph-authtool", "monmaptool")
DAEMONS = ("client.rgw.a", "osd.0", "mon.a")
PATIENCE = 120.0

CONFIG = """\
[global]
fsid = {fsid}
mon_host = [v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]
mon_initial_members = a
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_allow_insecure_global_id_reclaim = false
keyring = {folder}/keyring
run_dir = {folder}/run
admin_socket = {folder}/run/$name.asok
pid_file = {folder}/run/$name.pid
log_file = {folder}/log/$name.log
crash_dir = {folder}/log
mon_data = {folder}/mon.a
osd_data = {folder}/osd.0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_crush_chooseleaf_type = 0
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
rgw_rados_pool_pg_num_min = 4
mon_max_pg_per_osd = 500
osd_objectstore = bluestore
bluestore_block_size = 4294967296
bluestore_cache_autotune = false
bluestore_cache_size = 67108864
osd_memory_target = 939524096
[client.rgw.a]
rgw_data = {folder}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw_enable_apis = s3, admin
rgw_enable_usage_log = false
rgw_thread_pool_size = 16
rgw_run_sync_thread = false
"""


def is_installed() -> bool:
    return all(shutil.which(program) for program in PROGRAMS)


def start(folder: Path) -> str:
    """`http://ACCESS:SECRET@host:port`, without a bucket. Safe to be called by several processes at once."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    address = folder / "address"
    with (folder / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not address.exists():
            address.write_text(_create(folder))
    return address.read_text()


def stop(folder: Path) -> None:
    """The gateway first, then the disk, then the monitor; a pid that has become somebody else's is left alone."""
    for daemon in DAEMONS:
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(int((folder / "run" / f"{daemon}.pid").read_text()))
            if str(folder / "ceph.conf") in process.cmdline():
                process.kill()
                process.wait(10)


def _create(folder: Path) -> str:
    port, v1, v2 = _free_ports(3)
    for part in ("mon.a", "osd.0", "rgw", "run", "log"):
        (folder / part).mkdir()
    config = folder / "ceph.conf"
    fsid = str(uuid4())
    config.write_text(CONFIG.format(folder=folder, fsid=fsid, port=port, v1=v1, v2=v2))
    _keys(folder)
    monmap, keyring = str(folder / "monmap"), str(folder / "keyring")
    _run(
        folder,
        "monmaptool",
        "--create",
        "--fsid",
        fsid,
        "--addv",
        "a",
        f"[v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]",
        monmap,
    )
    _run(folder, "ceph-mon", "-i", "a", "--mkfs", "--monmap", monmap, "--keyring", keyring)
    _run(folder, "ceph-mon", "-i", "a")
    disk = str(uuid4())
    _run(folder, "ceph", "osd", "new", disk)
    _run(folder, "ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)
    _run(folder, "ceph-osd", "-i", "0")
    _run(folder, "radosgw", "-n", "client.rgw.a")
    _until_it_answers(port)
    _run(
        folder, "radosgw-admin", "user", "create", "--uid=app", "--display-name=app",
        f"--access-key={ACCESS}", f"--secret-key={SECRET}",
    )  # fmt: skip
    client = Minio(f"127.0.0.1:{port}", ACCESS, SECRET, secure=False, region="us-east-1")
    client.make_bucket(LOCKED, object_lock=True)
    client.make_bucket(PLAIN)
    return f"http://{ACCESS}:{SECRET}@127.0.0.1:{port}"


def _keys(folder: Path) -> None:
    keyring = str(folder / "keyring")
    caps = {
        "mon.": ("mon", "allow *"),
        "client.admin": ("mon", "allow *", "osd", "allow *"),
        "client.rgw.a": ("mon", "allow rw", "osd", "allow rwx"),
        "osd.0": ("mon", "allow profile osd", "osd", "allow *"),
    }
    for n, (name, may) in enumerate(caps.items()):
        given = [part for pair in zip(may[::2], may[1::2], strict=True) for part in ("--cap", *pair)]
        create = ["--create-keyring"] if n == 0 else []
        _run(folder, "ceph-authtool", *create, keyring, "--gen-key", "-n", name, *given)


def _run(folder: Path, program: str, *arguments: str) -> None:
    own = [] if program in ("ceph-authtool", "monmaptool") else ["-c", str(folder / "ceph.conf")]
    with (folder / "log" / "setup.log").open("ab") as log:
        subprocess.run(
            [program, *own, *arguments], check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            timeout=PATIENCE, env={**os.environ, "CEPH_CONF": str(folder / "ceph.conf")},
        )  # fmt: skip


def _until_it_answers(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/", trust_env=False, timeout=2)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the object store did not start")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
