"""Signing in and out, and words that are not the session's own."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gate.central.web.asked import MOST_BYTES
from gate.central.web.sessions import IDLE_S
from gate.central.web.users import read_users
from tests.gate.central.web.rig import HERE, Rig
from tests.gate.central.web.scripted import NAME, PASSWORD, ScriptedCentral, write_users

LIMIT = {"venue": "mall-a", "limit": "450"}


def test_nobody_sees_or_does_anything_without_signing_in(rig: Rig) -> None:
    page = rig.client.get("/")
    assert (page.status_code, page.headers["location"]) == (303, "/signin")
    assert rig.client.get("/events").status_code == 401
    assert rig.client.get("/session").status_code == 401
    for path in ("/limit", "/recount", "/correct", "/order", "/key", "/key/forget"):
        assert rig.post(path, **LIMIT) == (
            401,
            {"ok": False, "code": "signed_out", "field": "", "wait_s": 0},
        )
    assert not rig.central.wishes


def test_a_session_begins_with_the_password_and_ends_with_the_sign_out(rig: Rig) -> None:
    assert rig.sign_in() == 303
    assert rig.client.get("/").status_code == 200
    assert rig.client.get("/session").status_code == 204
    assert rig.client.get("/signin").headers["location"] == "/"
    kept = dict(rig.client.cookies)

    assert rig.client.post("/signout", data={"csrf": rig.csrf}).headers["location"] == "/signin"

    assert not rig.client.cookies
    rig.client.cookies.update(kept)
    assert rig.client.get("/session").status_code == 401, "not only the browser forgets"


def test_the_cookie_is_for_this_server_and_no_script(rig: Rig) -> None:
    answer = rig.client.post("/signin", data={"name": NAME, "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie
    assert "max-age" not in cookie, "closed with the browser"


def test_under_tls_the_cookie_never_travels_in_the_clear(
    central: ScriptedCentral, tmp_path: Path
) -> None:
    rig = Rig(central, write_users(tmp_path / "u"), secure=True, base_url="https://crowd.example")
    answer = rig.client.post("/signin", data={"name": NAME, "password": PASSWORD})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-aman=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("name", "password"),
    [
        (NAME, PASSWORD + "x"),
        (NAME, ""),
        (NAME, "x" * 512),
        ("budi", PASSWORD),
        ("<script>", PASSWORD),
        ("\x00", "\x00"),
        ("", ""),
    ],
)
def test_a_wrong_name_and_a_wrong_password_look_the_same(
    rig: Rig, name: str, password: str
) -> None:
    answer = rig.client.post("/signin", data={"name": name, "password": password})
    assert answer.status_code == 401
    assert "Nama atau kata sandi salah." in answer.text
    assert "<script>" not in answer.text.split("<form")[1]
    assert "set-cookie" not in answer.headers


def test_a_session_ends_with_its_time_and_with_its_password(rig: Rig) -> None:
    rig.sign_in()
    rig.now += IDLE_S
    assert rig.client.get("/session").status_code == 401

    rig.now += 100.0
    rig.sign_in()
    assert rig.client.get("/session").status_code == 204
    write_users(rig.users_file, password="a changed one")  # noqa: S106
    assert rig.client.get("/session").status_code == 401


def test_who_signs_in_again_leaves_no_open_session_behind(rig: Rig) -> None:
    rig.sign_in()
    before = dict(rig.client.cookies)
    rig.sign_in()
    stale = rig.another()
    stale.cookies.update(before)
    assert stale.get("/session").status_code == 401


# --- forged ---------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", HERE + ".evil.example"])
def test_a_form_of_another_site_is_refused_even_with_cookie_and_token(
    rig: Rig, origin: str
) -> None:
    rig.sign_in()
    rig.client.headers["origin"] = origin
    assert rig.post("/limit", **LIMIT)[1]["code"] == "forged"
    assert rig.client.post("/signout", data={"csrf": rig.csrf}).headers["location"] == "/"
    assert rig.client.get("/session").status_code == 204
    other = rig.another()
    other.headers["origin"] = origin
    assert other.post("/signin", data={"name": NAME, "password": PASSWORD}).status_code == 403
    assert not rig.central.wishes


def test_a_form_without_an_origin_is_refused(rig: Rig) -> None:
    rig.sign_in()
    del rig.client.headers["origin"]
    assert rig.post("/limit", **LIMIT) == (
        403,
        {"ok": False, "code": "forged", "field": "", "wait_s": 0},
    )


@pytest.mark.parametrize("token", ["", "x", "é", "x" * 43])
def test_a_form_without_the_sessions_token_is_refused(rig: Rig, token: str) -> None:
    rig.sign_in()
    rig.csrf = token
    assert rig.post("/limit", **LIMIT)[1]["code"] == "forged"
    assert not rig.central.wishes


def test_the_token_of_another_session_is_none(rig: Rig) -> None:
    rig.sign_in()
    first, rig.client = rig.csrf, rig.another()
    rig.sign_in()
    assert rig.csrf != first
    rig.csrf = first
    assert rig.post("/limit", **LIMIT)[1]["code"] == "forged"


def test_a_name_that_somebody_else_points_here_is_not_ours(
    central: ScriptedCentral, tmp_path: Path
) -> None:
    """DNS rebinding: the browser takes `evil.example` for this machine."""
    rig = Rig(central, write_users(tmp_path / "u"), base_url="http://evil.example:8443")
    assert rig.sign_in() == 403


@pytest.mark.parametrize("host", ["localhost:8443", "127.0.0.1", "[::1]:8443"])
def test_this_machine_under_its_own_names_is(
    central: ScriptedCentral, tmp_path: Path, host: str
) -> None:
    assert Rig(central, write_users(tmp_path / "u"), base_url=f"http://{host}").sign_in() == 303


def test_behind_a_proxy_its_address_is_ours_and_no_other(
    central: ScriptedCentral, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "u")
    rig = Rig(central, users, origin="https://crowd.example", secure=True)
    assert rig.sign_in() == 403
    rig.client.headers["origin"] = "https://crowd.example"
    answer = rig.client.post("/signin", data={"name": NAME, "password": PASSWORD})
    assert answer.status_code == 303
    assert "Secure" in answer.headers["set-cookie"]


# --- too often, too much --------------------------------------------------------------------


def test_passwords_cannot_be_tried_fast_from_one_address(rig: Rig) -> None:
    write_users(rig.users_file, NAME, "budi")
    tries = [rig.sign_in((NAME, "budi")[number % 2], "wrong") for number in range(12)]
    assert tries == [401] * 10 + [429] * 2
    answer = rig.client.post("/signin", data={"name": NAME, "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) == 6
    assert "Tunggu 6 detik" in answer.text
    rig.now += 6.0
    assert rig.sign_in() == 303


def test_nor_for_one_name_from_many_addresses(rig: Rig) -> None:
    def attempt(number: int) -> int:
        somebody = TestClient(
            rig.app, base_url=HERE, headers={"origin": HERE}, client=(f"192.0.2.{number}", 5000)
        )
        return somebody.post("/signin", data={"name": NAME, "password": "wrong"}).status_code

    assert [attempt(number) for number in range(12)] == [401] * 10 + [429] * 2
    assert rig.sign_in() == 429
    rig.now += 30.0
    assert rig.sign_in() == 303


def test_nobody_acts_faster_than_people_do(rig: Rig) -> None:
    rig.sign_in()
    answers = [rig.post("/limit", **LIMIT) for _ in range(25)]
    assert [status for status, _ in answers] == [200] * 20 + [429] * 5
    assert answers[-1][1]["wait_s"] == 1
    assert len(rig.central.wishes) == 20
    rig.now += 1.0
    assert rig.post("/limit", **LIMIT)[0] == 200


def test_a_form_has_a_size(rig: Rig) -> None:
    rig.sign_in()
    assert rig.post("/limit", **LIMIT, more="x" * MOST_BYTES)[0] == 413
    assert rig.client.post("/signin", content=b"x" * 10 * MOST_BYTES).status_code == 413
    assert not rig.central.wishes


@pytest.mark.parametrize("path", ["/signin", "/signout", "/limit", "/order", "/key"])
def test_whatever_is_sent_is_answered_without_a_traceback(rig: Rig, path: str) -> None:
    rig.sign_in()
    for body in (b"", b"\xff", b"{}", b"csrf", b"a=1&" * 40, b"csrf=%ff"):
        assert rig.client.post(path, content=body).status_code in {303, 400, 401, 403}


@pytest.mark.parametrize(
    "path", ["/nothing", "/static/../users.py", "/static/..%2fsite.py", "/language/%00", "/%ff"]
)
def test_there_is_nothing_else(rig: Rig, path: str) -> None:
    rig.sign_in()
    answer = rig.client.get(path)
    assert answer.status_code in {303, 404}
    assert "import" not in answer.text
    assert "set-cookie" not in answer.headers


def test_cookies_of_any_kind_are_nobodys(rig: Rig) -> None:
    for cookie in ("aman=", "aman=x; aman=y", "aman=\xff", ";;;=", "aman-language=xx"):
        answer = rig.client.get("/session", headers={b"cookie": cookie.encode("latin-1")})
        assert answer.status_code == 401


# --- what every answer says -----------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/signin", "/events", "/nothing", "/static/page.js"])
def test_every_answer_keeps_others_out_and_is_kept_nowhere(rig: Rig, path: str) -> None:
    headers = rig.client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'", "nothing inline"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    expected = "no-cache" if path.startswith("/static/") else "no-store"
    assert headers["cache-control"] == expected


def test_the_language_is_the_readers_and_is_remembered(rig: Rig) -> None:
    assert '<html lang="id">' in rig.client.get("/signin").text
    english = rig.client.get("/signin", headers={"accept-language": "en-GB"})
    assert '<html lang="en">' in english.text
    assert rig.client.get("/language/en").headers["location"] == "/"
    assert '<html lang="en">' in rig.client.get("/signin").text


def test_a_name_is_text_and_nothing_else(central: ScriptedCentral, tmp_path: Path) -> None:
    """Names are checked when they are made; the page does not rely on it."""
    rig = Rig(central, write_users(tmp_path / "u"))
    page = rig.client.post("/signin", data={"name": '"><script>', "password": "x"}).text
    assert "&#34;&gt;&lt;script&gt;" in page
    assert list(read_users(rig.users_file)) == [NAME]
