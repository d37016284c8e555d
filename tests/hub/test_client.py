"""The client keeps to the limits, asks again where that helps, and believes nothing unchecked."""

from __future__ import annotations

import gzip
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
from hub_cases import CLOCK, TOKEN, Served
from hubserver.faults import KINDS, Fault

from cladist.errors import EnvironmentProblemError
from cladist.hub import client as client_module
from cladist.hub.answers import AbsentError, NoAnswerError, check_page, check_record, hide_secrets
from cladist.hub.cache import Cache
from cladist.hub.client import HubClient
from cladist.hub.rates import Gate, retry_after


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back off for hundredths of a second."""
    monkeypatch.setattr(client_module, "_LONGEST_PAUSE", 0.02)


@pytest.mark.parametrize("kind", ["500", "502", "html", "reset", "truncate", "429_retry_after"])
def test_faults__are_asked_again(small: Served, kind: str) -> None:
    small.conduct.faults = [Fault(kind, times=2, value=0)]
    client = small.client()
    answer = client.get(client.model_url("acme/base"), check=check_record)
    assert answer.json()["id"] == "acme/base"
    assert client.retries == 2


def test_faults__without_end_are_an_error_that_says_so(small: Served) -> None:
    small.conduct.faults = [Fault("truncate", times=1000)]
    client = small.client()
    with pytest.raises(EnvironmentProblemError, match="no sound answer: the answer is broken"):
        client.get(client.model_url("acme/base"), check=check_record)
    assert client.sent == client_module.TRIES


def test_429_with_date__waits_by_the_servers_clock(small: Served) -> None:
    """The server's clock is two days off, and the wait is a second all the same."""
    small.conduct.skew = -172_800.0
    small.conduct.faults = [Fault("429_date", value=1.0)]
    client = small.client()
    start = time.monotonic()
    client.get(client.model_url("acme/base"))
    assert 0.9 <= time.monotonic() - start < 4


def test_retry_after__seconds_dates_nonsense() -> None:
    now = 1_700_000_000
    headers = {
        "retry-after": formatdate(now + 30, usegmt=True),
        "date": formatdate(now, usegmt=True),
    }
    assert retry_after(headers) == 30
    assert retry_after({"retry-after": "7"}) == 7
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({}) is None


def test_429__holds_every_thread_back_and_stops_the_impatient(small: Served) -> None:
    small.conduct.faults = [Fault("429_retry_after", value=300)]
    client = small.client(gate=Gate(patience=5))
    with pytest.raises(EnvironmentProblemError, match="rate limit is used up; it opens again"):
        client.get(client.model_url("acme/base"))


@contextmanager
def answering(write: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """Serve one answer to whatever is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):  # whoever asked is gone
                write(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_patience__ends_an_answer_that_comes_byte_by_byte() -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.05)

    with answering(drip) as endpoint:
        client = HubClient(endpoint=endpoint, token=False, gate=Gate(patience=1))
        began = time.monotonic()
        with pytest.raises(NoAnswerError, match="within 1 s: it is slow"):
            client.get(client.model_url("a/b"))
        assert time.monotonic() - began < 3


def test_patience__unpacks_what_was_packed() -> None:
    def pack(handler: BaseHTTPRequestHandler) -> None:
        body = gzip.compress(b'{"id": "a/b"}')
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with answering(pack) as endpoint:
        for patience in (None, 5):
            client = HubClient(endpoint=endpoint, token=False, gate=Gate(patience=patience))
            assert client.get(client.model_url("a/b"), check=check_record).json() == {"id": "a/b"}


def test_patience__reads_the_same_answers(small: Served) -> None:
    """Redirected, refused, not modified: as without patience."""
    calm, hurried = small.client(), small.client(gate=Gate(patience=9))
    urls = [calm.model_url("acme/base"), calm.model_url("acme/old"), calm.list_url(limit=2),
            calm.file_url("acme/base", "README.md")]  # fmt: skip
    for url in urls:
        one, other = calm.get(url), hurried.get(url)
        assert (one.body, one.url, one.etag, one.next_url) == (
            other.body, other.url, other.etag, other.next_url,
        )  # fmt: skip
        again = {"If-None-Match": one.etag or ""}
        assert hurried.get(url, headers=again).not_modified == (
            calm.get(url, headers=again).not_modified
        )
    for client in (calm, hurried):
        with pytest.raises(AbsentError) as absent:
            client.get(client.model_url("acme/disabled"))
        assert absent.value.state == "disabled"


def test_gate__keeps_the_limit_before_the_server_says_429(small: Served) -> None:
    """20 requests in a window of 10 every 2 s: not one is refused."""
    small.conduct.limits = {"api": (10, 2)}
    waits: list[float] = []
    client = small.client(gate=Gate(on_wait=waits.append))
    for _ in range(20):
        client.get(client.model_url("acme/base"))
    assert client.retries == 0
    assert client.sent == 20
    assert waits


def test_gate__counts_what_is_under_way() -> None:
    now = [0.0]
    gate = Gate(lambda: now[0], patience=0)
    gate.enter("api")
    gate.bucket("api").under_way += 2  # that did not wait for the first answer any longer
    gate.learn("api", {"RateLimit": '"api";r=5;t=10', "RateLimit-Policy": '"w";"api";q=8;w=10'})
    gate.leave("api")
    for _ in range(3):  # five are left, two of which are under way already
        gate.enter("api")
    with pytest.raises(EnvironmentProblemError):
        gate.enter("api")
    now[0] = 11.0
    for _ in range(8):  # a new window, and no answer of it yet
        gate.enter("api")
    with pytest.raises(EnvironmentProblemError):
        gate.enter("api")


def test_gate__one_asks_before_many() -> None:
    gate, passed = Gate(), threading.Semaphore(0)

    def follow() -> None:
        gate.enter("api")
        passed.release()

    gate.enter("api")
    others = [threading.Thread(target=follow) for _ in range(5)]
    for other in others:
        other.start()
    time.sleep(0.1)
    assert not passed.acquire(blocking=False)
    gate.learn("api", {})  # a mirror without a limit
    gate.leave("api")
    for other in others:
        other.join(5)
    assert all(passed.acquire(blocking=False) for _ in range(5))


def test_gate__estimates_by_windows() -> None:
    gate = Gate(lambda: 0.0)
    assert gate.seconds_for("api", 500, authorized=False, pace=1000) == pytest.approx(0.5)
    assert gate.seconds_for("api", 1000, authorized=False, pace=1000) == pytest.approx(300)
    assert gate.seconds_for("resolvers", 8000, authorized=True, pace=1000) == pytest.approx(180)


@pytest.mark.parametrize(
    ("model", "state"),
    [("acme/gone", "missing"), ("acme/private", "missing"), ("acme/disabled", "disabled")],
)
def test_absent_models__say_why(small: Served, model: str, state: str) -> None:
    client = small.client()
    with pytest.raises(AbsentError) as told:
        client.get(client.model_url(model))
    assert told.value.state == state


def test_absent_models__with_a_token_the_private_one_is_there(small: Served) -> None:
    client = small.client(token=TOKEN)
    assert client.get(client.model_url("acme/private")).json()["id"] == "acme/private"
    with pytest.raises(AbsentError):
        client.get(client.model_url("acme/gone"))


def test_files__absent_and_gated(small: Served) -> None:
    client = small.client()
    for model, state in (("acme/gated", "gated"), ("acme/q1", "no_file")):
        with pytest.raises(AbsentError) as told:
            client.get(client.file_url(model, "README.md"), bucket="resolvers")
        assert told.value.state == state


def test_files__what_a_cache_says_of_limits_and_dates_is_not_believed(small: Served) -> None:
    small.conduct.limits = {"resolvers": (9, 300)}
    client = small.client()
    url = client.file_url("acme/base", "README.md")
    answer = client.get(url, bucket="resolvers")
    assert answer.body.endswith(b"# Base\n")
    assert "/api/resolve-cache/" in answer.url
    assert client.gate.bucket("resolvers").left == 8
    assert client.last_date is not None
    assert client.last_date.timestamp() == CLOCK
    again = client.get(url, bucket="resolvers", headers={"If-None-Match": str(answer.etag)})
    assert again.not_modified


def test_gate__counts_an_answer_where_it_says_that_it_counts() -> None:
    gate = Gate()
    gate.learn("resolvers", {"RateLimit": '"api";r=5;t=10'})
    assert (gate.bucket("api").left, gate.bucket("resolvers").left) == (5, None)


def test_token__refused_is_told_without_the_token(small: Served) -> None:
    small.data.tokens = {"hf_other"}
    client = small.client(token=TOKEN)
    with pytest.raises(EnvironmentProblemError, match="does not accept the token") as told:
        client.get(client.model_url("acme/base"))
    assert TOKEN not in str(told.value)
    assert hide_secrets(f"x {TOKEN} Bearer abc") == "x <token> <token>"


def test_pages__follow_the_link_and_stay_at_the_endpoint(small: Served) -> None:
    client = small.client()
    url = client.list_url(sort="createdAt", limit=3, expand=("tags",))
    pages = [page for page, _ in client.pages(url)]
    ids = [r["id"] for page in pages for r in page]
    assert len(ids) == len(set(ids)) == len(small.data.records) - 1  # the private one is hidden
    assert max(map(len, pages)) == 3
    with pytest.raises(EnvironmentProblemError, match="another host"):
        client.own("https://evil.example/api/models?cursor=x")
    assert client.own("https://huggingface.co/api/models?x=1") == f"{small.endpoint}/api/models?x=1"


def test_page_check__refuses_what_is_no_list() -> None:
    check_page(b'[{"id": "a"}]')
    for body in (b"{}", b"[1]", b'[{"id": "a"', b"<html>"):
        with pytest.raises(ValueError, match=r"."):
            check_page(body)


def test_cache__asks_with_etag_when_old_and_not_at_all_when_fresh(
    small: Served, tmp_path: Path
) -> None:
    cache = Cache(tmp_path / "c.sqlite")
    client = small.client(cache=cache)
    url = client.model_url("acme/base")
    first = client.get(url)
    assert client.get(url).cached
    assert client.sent == 1
    again = client.get(url, max_age=0)  # 304: the kept body
    assert (again.body, client.sent) == (first.body, 2)
    small.data.records["acme/base"]["likes"] = 77
    assert client.get(url, max_age=0).json()["likes"] == 77


def test_cache__keeps_absence_and_identities_apart(small: Served, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "c.sqlite")
    anonymous, known = small.client(cache=cache), small.client(cache=cache, token=TOKEN)
    url = anonymous.model_url("acme/private")
    for _ in range(2):
        with pytest.raises(AbsentError):
            anonymous.get(url)
    assert anonymous.sent == 1
    assert known.get(url).json()["id"] == "acme/private"
    cache.close()
    assert TOKEN.encode() not in b"".join(p.read_bytes() for p in tmp_path.iterdir())


def test_cache__broken_is_begun_anew(small: Served, tmp_path: Path) -> None:
    place = tmp_path / "c.sqlite"
    place.write_bytes(b"no database at all, but long enough to look at" * 100)
    client = small.client(cache=Cache(place))
    client.get(client.model_url("acme/base"))
    assert client.get(client.model_url("acme/base")).cached


def test_endpoint__that_is_none_or_away() -> None:
    for endpoint, words in (("huggingface.co", "no address of a Hub"),
                            ("http://127.0.0.1:9", "cannot be reached")):  # fmt: skip
        client = HubClient(endpoint=endpoint, token=False)
        with pytest.raises(EnvironmentProblemError, match=words):
            client.get(client.model_url("a/b"))


def test_docs__name_every_fault_and_how_to_set_it(small: Served) -> None:
    page = (Path(__file__).parents[2] / "docs" / "hub.md").read_text(encoding="utf-8")
    table = page.partition("| fault | what comes |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z0-9_]+)`", table)) - {"value"} == set(KINDS)
    bodies = re.findall(r"__conduct -d '(.*)'", page)
    assert len(bodies) == 2
    httpx2.post(f"{small.endpoint}/__conduct", content=bodies[0]).raise_for_status()
    assert small.conduct.faults[0].strikes("/api/models/org/name?expand=tags")
    assert not small.conduct.faults[0].strikes("/api/models?limit=1")
    httpx2.post(f"{small.endpoint}/__conduct", content=bodies[1]).raise_for_status()
    assert small.conduct.faults == []
    assert small.conduct.limits == {"api": (50, 300)}
