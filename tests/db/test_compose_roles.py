"""The script that makes the roles of a database server of its own, run against a real server."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from geoapp import embedded

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "database-roles"


@pytest.fixture
def cluster() -> Iterator[embedded.Cluster]:
    """Return a running cluster of this test's own, because roles belong to a whole server."""
    folder = Path(tempfile.mkdtemp(prefix="lamplight-test-", dir="/tmp"))
    folder.chmod(0o755)
    with embedded.running(folder / "var") as running:
        yield running
    shutil.rmtree(folder)


def test_the_script_makes_roles_that_migrate_and_serve(cluster: embedded.Cluster) -> None:
    socket = str(cluster.places.socket)
    with psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True) as server:
        server.execute("DROP DATABASE lamplight")
        server.execute("DROP ROLE feed")  # one role is missing, two are there
        server.execute("CREATE DATABASE lamplight")
    environment = {
        **os.environ,
        "PGHOST": socket,
        "POSTGRES_USER": "postgres",
        "POSTGRES_DB": "lamplight",
        "OWNER_PASSWORD": "own'er",
        "APP_PASSWORD": "app",
        "FEED_PASSWORD": "feed",
    }
    for _ in range(2):
        done = subprocess.run(
            [str(SCRIPT)], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
    with psycopg.connect(host=socket, user="owner", dbname="lamplight") as owner:
        rights = """SELECT pg_has_role('app', 'MEMBER'), pg_has_role('feed', 'MEMBER'),
                           has_database_privilege('app', 'lamplight', 'CONNECT'),
                           has_database_privilege('feed', 'lamplight', 'CREATE'),
                           (SELECT rolsuper FROM pg_roles WHERE rolname = 'owner')"""
        assert owner.execute(rights).fetchone() == (True, True, True, False, False)
        assert owner.execute("SELECT ST_AsText(ST_Point(1, 2))").fetchone() == ("POINT(1 2)",)
        owner.execute("CREATE SCHEMA lamplight AUTHORIZATION owner")
    with psycopg.connect(host=socket, user="postgres", dbname="lamplight") as server:
        kept = server.execute("SELECT count(*) FROM pg_authid WHERE rolpassword LIKE 'SCRAM-SHA-256%'")
        assert kept.fetchone() == (3,)
