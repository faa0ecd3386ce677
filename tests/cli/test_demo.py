"""`ucs demo` from the first second to the second start."""

from __future__ import annotations

import re
import socket
import urllib.request
from pathlib import Path

import pytest

from tests.cli.served import ask, served, ucs


def sign_in(url: str, data: Path, agent: str) -> int:
    body = {"tenant": "demo", "agent": agent, "password": (data / f"{agent}.password").read_text()}
    return ask(f"{url}/desk/sign-in", body)[0]


def test_it_serves_both_sides_and_keeps_what_was_said(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    with served("demo", "--port", "0", "--data", str(data), "--no-browser", data=data) as url:
        status, session = ask(f"{url}/chat/website/session", {"name": "Kim"})
        assert status == 201
        said = {"id": "0190a000-0000-7000-8000-000000000001", "parts": [{"type": "text", "text": "Hello"}]}
        assert ask(f"{url}/chat/messages", said, session["token"])[0] == 200
        assert [sign_in(url, data, agent) for agent in ("anna", "ben")] == [200, 200]
    shown = (tmp_path / "output.txt").read_text()
    assert f"{url}/talk/website" in shown
    assert f"{url}/talk/assistant" in shown
    assert (data / "anna.password").read_text() in shown
    assert "Traceback" not in shown
    assert not (data / "server.json").exists()
    before = {name: (data / name).read_bytes() for name in ("anna.password", "line.secret", "secret.key")}
    with served("demo", "--port", "0", "--data", str(data), "--no-browser", data=data) as url:
        assert before == {name: (data / name).read_bytes() for name in before}
        assert sign_in(url, data, "anna") == 200
        found = ask(f"{url}/chat/entries", None, session["token"])[1]
        assert "Hello" in [part["text"] for entry in found["entries"] for part in entry["body"].get("parts", ())]
    assert ucs("replay", found["contact"]["id"], "--data", str(data)).returncode == 0


def test_the_shop_has_the_widget_on_it(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    with served("demo", "--port", "0", "--data", str(data), "--no-browser", data=data) as url:
        with urllib.request.urlopen(f"{url}/shop") as answer:  # noqa: S310
            assert '<script src="/widget.js" data-channel="website" async></script>' in answer.read().decode()
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
        with urllib.request.urlopen(url) as answer:  # noqa: S310
            doors = re.findall(r'class="door" href="([^"]+)"', answer.read().decode())
        assert doors == ["/shop", "/talk/assistant", "/talk/website", "/desk"]
        status, about = ask(f"{url}/chat/website/about")
        assert (status, about["open"], bool(about["form"]), bool(about["survey"])) == (200, True, True, True)
        for language, said in (("", "en"), ("zh-CN,zh;q=0.9", "zh-CN"), ("<b>", "en")):
            request = urllib.request.Request(f"{url}/talk/website", headers={"Accept-Language": language})  # noqa: S310
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                assert f'<html lang="{said}">' in answer.read().decode()


def test_a_robot_answers_and_fetches_a_person(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    with served("demo", "--port", "0", "--data", str(data), "--no-browser", data=data) as url:
        token = ask(f"{url}/chat/assistant/session", {"name": "Kim"})[1]["token"]

        def say(text: str, at: int) -> None:
            said = {"id": f"0190a000-0000-7000-8000-{at:012}", "parts": [{"type": "text", "text": text}]}
            assert ask(f"{url}/chat/messages", said, token)[0] == 200

        say("Where is your shop?", 1)
        hears(url, token, "Harbour Street 7")
        say("A person, please", 2)
        hears(url, token, "a person will answer you")
        with urllib.request.urlopen(url) as answer:  # noqa: S310
            page = answer.read().decode()
        assert "/talk/website" in page
        assert "/talk/assistant" in page


def hears(url: str, token: str, words: str) -> None:
    """Each request waits for what is new."""
    after, heard = 0, ""
    while words not in heard:
        found = ask(f"{url}/chat/entries?after={after}&wait=1", None, token)[1]["entries"]
        assert found, f"{words!r} was never said, but {heard}"
        after = found[-1]["seq"]
        heard += " ".join(part.get("text", "") for entry in found for part in entry["body"].get("parts", ()))


def test_secrets_are_the_owners_alone(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    with served("demo", "--port", "0", "--data", str(data), "--no-browser", data=data):
        secrets = ["anna.password", "ben.password", "carla.password", "line.secret", "line.token", "secret.key"]
        assert [(data / name).stat().st_mode & 0o777 for name in secrets] == [0o600] * 6


def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    with served("demo", "--port", "0", "--data", str(data), "--no-browser", data=data) as url:
        second = ucs("demo", "--port", "0", "--data", str(data), "--no-browser")
        assert second.returncode == 2
        assert url in re.sub(r"\s*│\s*|\n", "", second.stderr) or url in second.stderr


@pytest.fixture
def taken() -> int:  # type: ignore[misc]  # a generator fixture
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_a_port_that_is_taken_is_said_and_nothing_is_started(tmp_path: Path, taken: int) -> None:
    found = ucs("demo", "--port", str(taken), "--data", str(tmp_path / "demo"), "--no-browser")
    assert found.returncode == 2
    assert found.stderr.count(str(taken)) == 1
    assert "--port" in found.stderr
    assert "make demo PORT=" in re.sub(r"\s*│[\s│]*", " ", found.stderr)
    assert "Traceback" not in found.stderr
    assert not (tmp_path / "demo" / "ucs.db").exists()
