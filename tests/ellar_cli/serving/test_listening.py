import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ellar_cli.errors import CliError
from ellar_cli.serving.listening import listen, listen_at, listen_by, occupant, remove_left, shown


def test_port_0_is_a_free_one_that_is_kept() -> None:
    with listen("127.0.0.1", 0) as bound:
        host, port = bound.getsockname()
        assert host == "127.0.0.1"
        with pytest.raises(CliError):
            listen("127.0.0.1", port)


def test_address_of_ipv6_is_listened_on_and_shown_as_in_a_url() -> None:
    with listen("::1", 0) as bound:
        assert bound.getsockname()[0] == "::1"
        assert shown("::1", bound.getsockname()[1]) == f"[::1]:{bound.getsockname()[1]}"


def test_busy_port_says_by_whom_and_names_one_that_is_free() -> None:
    code = "import socket, sys; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1]); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-uc", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        port = int(other.stdout.readline())
        with pytest.raises(CliError) as refused:
            listen("127.0.0.1", port)
        other.communicate()
    begin, _, free = str(refused.value).rpartition(" --port ")
    assert begin.startswith(f"127.0.0.1:{port}: Address already in use by {Path(sys.executable).name} -uc import")
    assert begin.endswith(f"... in {Path.cwd()} (process {other.pid}); another port:")
    listen("127.0.0.1", int(free)).close()


def test_file_is_listened_on_where_it_can_be_made(tmp_path: Path) -> None:
    with listen_at(str(tmp_path / "shop.sock")) as bound:
        assert bound.family == socket.AF_UNIX
        with pytest.raises(CliError, match=r"shop.sock: Address already in use; name a new file in a folder that is"):
            listen_at(str(tmp_path / "shop.sock"))
    with pytest.raises(CliError, match=r"--uds .*none/shop.sock: No such file or directory; name a new file"):
        listen_at(str(tmp_path / "none" / "shop.sock"))


def test_file_of_a_server_that_was_killed_is_listened_on_and_no_other_one_is_touched(tmp_path: Path) -> None:
    listen_at(str(tmp_path / "shop.sock")).close()
    with listen_at(str(tmp_path / "shop.sock")):
        assert (tmp_path / "shop.sock").is_socket()
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CliError, match="text: Address already in use"):
        listen_at(str(tmp_path / "text"))
    assert (tmp_path / "text").read_text() == "hello"


def test_file_that_the_next_server_listens_on_is_not_removed_at_the_end_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "shop.sock"
    listen_at(str(path)).close()
    with listen_at(str(path)):
        remove_left(str(path))
        assert path.is_socket()
    remove_left(str(path))
    assert not path.exists()
    remove_left(str(path))


def test_descriptor_has_to_be_a_socket(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as bound, listen_by(os.dup(bound.fileno())) as same:
        assert same.getsockname() == bound.getsockname()
    with (tmp_path / "file").open("w") as file, pytest.raises(CliError, match=r"--fd .*; who starts this has to hand"):
        listen_by(file.fileno())


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="this system does not tell")
def test_occupant_of_a_port_is_who_listens_not_who_is_connected() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            assert str(occupant(port)).endswith(f" in {Path.cwd()} (process {os.getpid()})")
            assert occupant(client.getsockname()[1]) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="takes the rights of root away")
def test_privileged_port_is_one_line_with_another_port() -> None:
    os.seteuid(65534)
    try:
        with pytest.raises(CliError) as refused:
            listen("127.0.0.1", 80)
    finally:
        os.seteuid(0)
    assert str(refused.value).startswith(
        "127.0.0.1:80: Permission denied: ports below 1024 need special rights; another port: --port 80"
    )


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("no.such.host.invalid", 8000, "no.such.host.invalid:8000: Name or service not known; see --host (127.0.0.1"),
        ("192.0.2.1", 8000, "192.0.2.1:8000: Cannot assign requested address; see --host (127.0.0.1"),
        ("a" * 64, 8000, "see --host (127.0.0.1"),
        ("127.0.0.1", 65536, "65536 is no port; they go from 0, which picks a free one, to 65535: see --port"),
        ("127.0.0.1", -1, "-1 is no port"),
    ],
)
def test_address_that_cannot_be_is_one_line(host: str, port: int, reason: str) -> None:
    with pytest.raises(CliError) as refused:
        listen(host, port)
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
