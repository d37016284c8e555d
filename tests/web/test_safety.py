"""What strangers write and ask: no traceback, one shape of errors, nothing that runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from starlette.testclient import TestClient
from web_client import Ask, client_of

from cladist.snapshot import Snapshot
from cladist.web.cards import card_payload, render
from cladist.web.routes import ROUTES
from cladist.web.search import understood

SHAPE = {"status": int, "code": str, "message": str, "remedy": str, "nearest": list}


def check_error(answer: Any, *statuses: int) -> dict[str, Any]:
    assert answer.status_code in statuses, answer.text
    body = answer.json()
    assert list(body) == ["error"]
    assert {k: type(v) for k, v in body["error"].items()} == SHAPE
    assert body["error"]["status"] == answer.status_code
    found: dict[str, Any] = body["error"]
    return found


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "", "127.0.0.1.evil.example",
     "localhost.evil.example:8000", "127.0.0.1@evil.example"],
)  # fmt: skip
def test_host__of_another_name_is_refused(host: str, client: TestClient) -> None:
    for path in ("/api/v1/hub", "/", "/assets/x.js"):
        error = check_error(client.get(path, headers={"host": host}), 421)
        assert error["code"] == "host_not_allowed"


def test_host__of_this_machine_is_served(client: TestClient) -> None:
    for host in ("127.0.0.1:8000", "localhost", "LOCALHOST:9", "[::1]:8000"):
        assert client.get("/api/v1/hub", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_methods__but_get_and_head_are_refused(method: str, client: TestClient) -> None:
    check_error(client.request(method, "/api/v1/hub"), 405)


def test_head__has_the_headers_and_no_body(client: TestClient) -> None:
    answer = client.head("/api/v1/hub")
    assert answer.status_code == 200
    assert not answer.content


def test_headers__let_nothing_in_and_nothing_out(client: TestClient) -> None:
    for path in ("/api/v1/hub", "/api/v1/nothing", "/", "/m/a/b", "/nothing"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "server" not in headers


def test_etag__spares_the_second_answer(client: TestClient) -> None:
    first = client.get("/api/v1/forest")
    again = client.get("/api/v1/forest", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["content-encoding"] == "gzip"
    plain = client.get("/api/v1/forest", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == first.json()


@pytest.mark.parametrize(
    "question",
    ["search", "search?limit=3", "search?q=a&limit=0", "search?q=a&limit=x", "search?q=a&q=b",
     "forest?unit=village", "forest?by=color", "forest?from=yesterday", "forest?to=2022-13",
     "forest?downloads=-", "forest?downloads=many", "forest?stated=2", "forest?relations=brother",
     "forest?nonsense=1", "lanes/a/b?scope=all", "compare?a=x", "analysis/nothing",
     "analysis/growth?top=x", "analysis/growth?nothing=1", "analysis/drift?replicates=999999999",
     "analysis/mutation?definition=mine", "hub?x=1",
     "forest?license=" + ",".join(map(str, range(60)))],
)  # fmt: skip
def test_parameters__that_cannot_be_read_are_refused(question: str, client: TestClient) -> None:
    answer = client.get("/api/v1/" + question)
    if question in ("search", "search?limit=3"):
        assert answer.json()["models"] == []
    else:
        check_error(answer, 400, 404)


def test_address__too_long_is_refused(client: TestClient) -> None:
    check_error(client.get("/api/v1/search?q=" + "a" * 5000), 414)
    check_error(client.get("/api/v1/model/" + "a" * 3000), 414)


def test_model__that_is_not_there_is_named_with_the_nearest(client: TestClient, ask: Ask) -> None:
    top = ask("forest")["marks"]["model"][0]
    error = check_error(client.get(f"/api/v1/model/{top}x"), 404)
    assert top in error["nearest"]


HOSTILE = [
    "<script>alert(1)</script>", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "' OR 1=1 --",
    "\"; DROP TABLE ids; --", "a\x00b", "\ud83d\ude00", "%00", "%ff%fe", "a" * 399, "*", "\"",
    "AND",
    "NEAR(a b)", "a OR b", "id:*", "-1", "9" * 30, "1e999", "NaN", "null", "\u202eevil", "\n\r\t",
    "/", "//", "\\", "https://huggingface.co/", "https://huggingface.co/a/b/tree/main?x=1#y",
    "javascript:alert(1)", "{{7*7}}", "${7*7}", "[]", "[0]", "𝒳", "İ", "ß", "a/b/c/d", " ", "",
]  # fmt: skip


def test_requests__a_thousand_hostile_ones_give_no_500(client: TestClient, ask: Ask) -> None:
    rng = np.random.default_rng(1)
    names = [*ask("forest")["marks"]["model"][:5], *HOSTILE]
    kinds = [*(k for k in ROUTES if k not in ("analysis", "export")), "nothing", "openapi.json"]
    keys = ["q", "by", "unit", "scope", "s", "expand", "sort", "order", "offset", "limit", "a", "b",
            "relations", "license", "pipeline_tag", "language", "from", "to", "downloads", "stated",
            "format", "author", "tag"]  # fmt: skip
    good = ["license", "family", "clan", "subtree", "2", "50", "asc", "2023-01", "1", "0-10",
            "permissive", "json", "model", "finetune", "en", *names]  # fmt: skip
    seen = set()
    for _ in range(1000):
        kind = str(rng.choice(kinds))
        known = [p.name for p in ROUTES[kind].parameters or ()] if kind in ROUTES else []
        chosen = rng.choice(known or keys, size=rng.integers(0, 4))
        query = {str(k): good[rng.integers(len(good))] for k in chosen}
        path = kind + ("/" + good[rng.integers(len(good))] if rng.random() < 0.8 else "")
        answer = client.get(
            "/api/v1/" + _quoted(path), params={k: _sent(v) for k, v in query.items()}
        )
        seen.add(answer.status_code)
        if answer.status_code != 200:
            check_error(answer, 400, 404, 414)
    assert {200, 400, 404} <= seen


def _sent(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _quoted(path: str) -> str:
    return quote(_sent(path), safe="/%")


def test_pages__outside_the_front_end_are_never_served(client: TestClient) -> None:
    for path in ("/../pyproject.toml", "/%2e%2e/app.py", "/..%2f..%2fapp.py", "/app.py", "/.git",
                 "/static/index.html", "//etc/passwd"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert b"import" not in answer.content


def test_pages__are_the_front_end_under_every_view(simulated: Snapshot, tmp_path: Path) -> None:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<html><head><title>x</title></head></html>")
    (static / "assets" / "a.js").write_text("1")
    client = client_of(simulated, tmp_path / "index", static=static)
    for path in ("/", "/forest", "/f/a/b", "/m/a/b", "/evolution/drift", "/compare?a=1", "/report"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert '<base href="/">' in answer.text
    assert client.get("/assets/a.js").headers["content-type"].startswith("text/javascript")
    assert "immutable" in client.get("/assets/a.js").headers["cache-control"]
    check_error(client.get("/elsewhere"), 404)
    person = client.get("/elsewhere", headers={"accept": "text/html,*/*;q=0.8"})
    assert person.status_code == 404
    assert person.headers["content-type"].startswith("text/html")
    assert '<base href="/">' in person.text
    check_error(client.get("/api/v1/elsewhere", headers={"accept": "text/html"}), 404)


def test_pages__that_are_not_built_say_how(simulated: Snapshot, tmp_path: Path) -> None:
    client = client_of(simulated, tmp_path / "index", static=tmp_path / "nothing")
    answer = client.get("/forest")
    assert answer.status_code == 503
    assert "make ui" in answer.text
    assert client.get("/api/v1/hub").status_code == 200


VECTORS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)", "![x](javascript:alert(1))", "![x\"onerror=y](z)",
    "<iframe src='https://e.example'></iframe>", "<style>*{background:url(//e.example)}</style>",
    "<div style='background:url(https://e.example)'>x</div>", "<base href='https://e.example'>",
    "<meta http-equiv=refresh content='0;url=https://e.example'>", "<form action=//e><input>",
    "<link rel=stylesheet href=//e.example>", "<math><mi//xlink:href='data:x,<script>'>",
    "<details open ontoggle=alert(1)>", "<video src=x onerror=alert(1)>", "<object data=//e>",
    "<a href='vbscript:x'>y</a>", "<a href=' &#106;avascript:alert(1)'>y</a>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "<p id=app class=x>y</p>",
    "<table background='//e.example'><td>x</table>", "[x]: javascript:alert(1)\n\n[x]",
    "<a href='https://ok.example' onclick=alert(1) target=_top>ok</a>", "<a name=hub>x</a>",
    "<template><script>alert(1)</script></template>", "`<script>`", "    <script>",
]  # fmt: skip


@pytest.mark.parametrize("text", VECTORS)
def test_card__does_nothing(text: str) -> None:
    html = render("before " + text + "\n\nafter", "o/m")
    tags = re.findall(r"<\s*/?\s*([a-zA-Z]+)([^>]*)>", html)
    assert "before" in html
    for tag, attributes in tags:
        assert tag in ("p", "a", "pre", "code", "div", "details", "table", "tbody", "tr", "td")
        for name, value in re.findall(r'([\w-]+)="([^"]*)"', attributes):
            assert name in ("href", "rel", "target")
            if name == "href":
                assert value.startswith(("https://", "http://", "mailto:"))
    for link in re.findall(r"<a [^>]*>", html):
        assert 'rel="noopener noreferrer nofollow"' in link
        assert 'target="_blank"' in link


def test_card__leads_to_the_hub_where_it_is_relative_and_keeps_its_head_as_text() -> None:
    made = card_payload(
        "o/m", "---\nlicense: mit\n---\n# Title\n\n[licence](./LICENSE) ![Plot](p.png)"
    )
    page = "https://huggingface.co/o/m/blob/main/"
    assert f'href="{page}LICENSE"' in made.html
    assert f'href="{page}p.png"' in made.html
    assert "[image: Plot]" in made.html
    assert made.front_matter == "license: mit\n"
    assert "<h1>Title</h1>" in made.html
    long = card_payload("o/m", "x" * 300_000)
    assert long.truncated
    assert long.length == 300_000


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("https://huggingface.co/org/name/tree/main/sub", "org/name"), ("hf.co/org/name", "org/name"),
     ("https://huggingface.co/models/org/name", "org/name"), (" org/name/ ", "org/name"),
     ("https://huggingface.co/gpt2?x=1", "gpt2"), ("hf.co/A/b/blob/main/c.md", "A/b"),
     ("", "")],
)  # fmt: skip
def test_search__understands_addresses(typed: str, meant: str) -> None:
    assert understood(typed) == meant


def test_search__finds_by_id_case_part_and_old_id(build_records: Any, tmp_path: Path) -> None:
    hub = build_records([
        {"id": "Org/Big-Model", "downloads": 10, "author": "Org", "tags": ["nice-tag"]},
        {"id": "org2/big-model-GGUF", "downloads": 99, "tags": ["base_model:Org/Big-Model"]},
        {"id": "z/tiny", "tags": ["base_model:gpt2", "nice-tag"]},
        {"id": "openai-community/gpt2"},
    ])  # fmt: skip
    client = client_of(hub, tmp_path / "index")

    def ask(q: str) -> Any:
        return client.get("/api/v1/search", params={"q": q}).json()

    def names(q: str) -> list[tuple[str, str]]:
        return [(m["model"], m["matched"]) for m in ask(q)["models"]]

    assert names("org/big-model") == [("Org/Big-Model", "id")]
    assert names("big-model") == [("Org/Big-Model", "prefix"), ("org2/big-model-GGUF", "prefix")]
    assert names("BIG gguf") == [("org2/big-model-GGUF", "text")]
    assert names("ode") == [("org2/big-model-GGUF", "text"), ("Org/Big-Model", "text")]
    assert names("gpt2")[0] == ("openai-community/gpt2", "alias")
    assert names("zz") == []
    assert ask("org")["authors"] == [
        {"author": "Org", "models": 1},
        {"author": "org2", "models": 1},
    ]
    assert ask("nice")["tags"] == [{"tag": "nice-tag", "models": 2}]
    rows = client.get("/api/v1/models?tag=nice-tag").json()["rows"]
    assert {r["model"] for r in rows} == {"Org/Big-Model", "z/tiny"}
    rows = client.get("/api/v1/models?author=Org&tag=nice-tag").json()["rows"]
    assert [r["model"] for r in rows] == ["Org/Big-Model"]
    assert client.get("/api/v1/model/GPT2").json()["facts"]["model"] == "openai-community/gpt2"


def test_remedies__of_numbers_are_sentences(client: TestClient) -> None:
    for question in ("search?q=a&limit=0", "search?q=a&limit=many", "members/a/b?offset=-1",
                     "lanes/a/b?s=0", "compare?b=x"):  # fmt: skip
        remedy = check_error(client.get(f"/api/v1/{question}"), 400)["remedy"]
        assert re.fullmatch(r"Give [^.]+: [^.]+\.", remedy), remedy
