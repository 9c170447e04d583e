"""Where the shared sample data lies, for tests that try things on real files."""

from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared(path: str) -> Path:
    """Return a file of the shared sample data, or skip the test when it is not beside the checkout."""
    found = _SHARED / path
    if not found.exists():
        pytest.skip(f"sample data {path} is not beside the checkout")
    return found
