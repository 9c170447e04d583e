"""Background work done within a test."""

import threading
from typing import Any

from procrastinate import App


def work(queue: App, **options: Any) -> None:
    """Do what is queued, and return when there is nothing more.

    In a thread of its own: a browser that was opened by an earlier test keeps a loop running in this one.
    """
    failures: list[BaseException] = []

    def run() -> None:
        try:
            queue.run_worker(wait=False, install_signal_handlers=False, **options)
        except BaseException as failure:  # noqa: BLE001 (raised again below)
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
