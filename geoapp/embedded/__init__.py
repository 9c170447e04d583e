"""The private PostgreSQL and PostGIS cluster that serves when no DATABASE_URL is given.

It lies in `var/pg`, listens on a Unix socket only and never runs as root; the reasons stand in
docs/adr/0002-embedded-cluster.md.
"""

from geoapp.embedded.cluster import Cluster, Status, running, start, status, stop
from geoapp.embedded.errors import EmbeddedError

__all__ = ["Cluster", "EmbeddedError", "Status", "running", "start", "status", "stop"]
