"""`geoapp up` says what is wrong before it makes or starts anything."""

import socket
from pathlib import Path

from click.testing import CliRunner

from geoapp.cli.up import up


def test_a_taken_port_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = {
            "GEOAPP_VAR": str(tmp_path),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DATABASE_URL": "",
        }
        outcome = CliRunner().invoke(up, env=environment)
    assert outcome.exit_code == 1
    assert f"Nothing can listen on 127.0.0.1:{port}" in outcome.output
    assert not (tmp_path / "pg").exists()
