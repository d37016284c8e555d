"""Processes that answer questions, each with the same files mapped into memory.

One Python process answers one question at a time, and while it does so nobody's next question is
read. So the server only reads questions and sends answers, and hands each question to whichever
process is free; what they have in common is in the pages of memory that the system shares.
"""

from __future__ import annotations

import contextlib
import gc
import signal
from multiprocessing import get_context
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from cladist.web.asking import Kept, Question


def usual_number(processors: int) -> int:
    """Return how many processes answer if nobody says: one on up to two processors, else two.

    Two processes and the one that speaks to readers leave nothing of two processors to the browser:
    measured there, every kind of question waited as long or longer than with one
    (``docs/performance.md``).
    """
    return 1 if processors <= 2 else 2


class Workers:
    """Some processes that answer questions about one snapshot; they end with this one.

    Parameters
    ----------
    snapshot, layout
        Paths of the snapshot and of its layout.
    census_until
        Date after which the data are a sample.
    number
        How many.
    """

    def __init__(self, snapshot: Path, layout: Path, census_until: str | None, number: int) -> None:
        self.number = number
        self._free: SimpleQueue[Connection[Question, Kept | None]] = SimpleQueue()
        self._processes: list[BaseProcess] = []
        context = get_context("spawn")  # a fork would copy threads and locks of DuckDB
        for _ in range(number):
            here, there = context.Pipe()
            process = context.Process(
                target=_work, args=(there, snapshot, layout, census_until), daemon=True
            )
            process.start()
            there.close()
            self._processes.append(process)
            Thread(target=self._welcome, args=(here,), daemon=True).start()

    def _welcome(self, connection: Connection[Question, Kept | None]) -> None:
        with contextlib.suppress(EOFError, OSError):
            connection.recv()  # it says that it is ready
            self._free.put(connection)

    def answer(self, path: str, items: list[tuple[str, str]]) -> Kept | None:
        """Let a free process answer; None if none is free, ready or alive."""
        try:
            connection = self._free.get_nowait()
        except Empty:
            return None
        try:
            connection.send((path, items))
            kept = connection.recv()
        except (EOFError, OSError):  # it died: it is not asked again
            return None
        self._free.put(connection)
        return kept

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()


def _work(
    connection: Connection[Kept | None, Question], snapshot: Path, layout: Path,
    census_until: str | None,
) -> None:  # fmt: skip
    """Answer questions until nobody is left to ask them."""
    from cladist.snapshot import open_snapshot
    from cladist.web.answers import State
    from cladist.web.asking import Questions

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    questions = Questions(State(open_snapshot(snapshot), layout, census_until))
    questions.warm()
    gc.collect()
    gc.freeze()  # what is there for good is not looked through again and again
    with contextlib.suppress(EOFError, OSError):
        connection.send(None)
        while True:
            connection.send(questions.answer(*connection.recv()))
