"""One process at a time in a work folder, and what a killed one leaves is gone on with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cladist.errors import EnvironmentProblemError, InputError
from cladist.ingest.workplace import clear, remove, workplace

_HOLD = """
import sys, time
from pathlib import Path
from cladist.ingest.workplace import workplace
with workplace(Path(sys.argv[1])) as work:
    (work / "half").write_text("done")
    print("held", flush=True)
    time.sleep(60)
"""


def test_workplace__another_process_is_refused_until_it_is_killed(tmp_path: Path) -> None:
    out = tmp_path / "x.snapshot"
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(out)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(EnvironmentProblemError, match="Another build is writing"), \
                workplace(out):  # fmt: skip
            pass
    finally:
        holder.kill()
        holder.communicate()
    with workplace(out) as work:
        assert (work / "half").read_text() == "done"
        clear(work)
        assert [p.name for p in work.iterdir()] == ["lock"]
        remove(work)
    assert not work.exists()


def test_workplace__what_is_in_the_way_stays(tmp_path: Path) -> None:
    (tmp_path / "x.snapshot.partial").mkdir()
    (tmp_path / "x.snapshot.partial" / "mine").write_text("mine")
    (tmp_path / "y.snapshot.partial").mkdir()
    (tmp_path / "y.snapshot.partial" / "lock").symlink_to(tmp_path / "target")
    for name in ("x", "y"):
        with pytest.raises(InputError, match="in the way"), \
                workplace(tmp_path / f"{name}.snapshot"):  # fmt: skip
            pass
    assert (tmp_path / "x.snapshot.partial" / "mine").read_text() == "mine"
    assert not (tmp_path / "target").exists()


def test_workplace__where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblemError, match="cannot be written"), \
            workplace(tmp_path / "file" / "x.snapshot"):  # fmt: skip
        pass
