"""Space and numbers need neither network nor database: a socket here is a mistake."""

from collections.abc import Iterator

import pytest
import pytest_socket
from hypothesis import settings

# A busy machine is no failure: speed is measured in bench/.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _no_sockets() -> Iterator[None]:
    pytest_socket.disable_socket()
    yield
    pytest_socket.enable_socket()
