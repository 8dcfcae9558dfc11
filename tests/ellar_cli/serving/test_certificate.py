import shlex
import ssl
import subprocess
from pathlib import Path

import pytest

from ellar_cli.errors import CliError, UsageError
from ellar_cli.serving.certificate import check_certificate

_MAKE = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds two pairs, one pair in one file, a locked key, and a text."""
    made = tmp_path_factory.mktemp("certificates")
    for number in (1, 2):
        _run(f"{_MAKE} -keyout {made}/key{number}.pem -out {made}/cert{number}.pem")
    _run(f"openssl ec -aes128 -passout pass:secret -in {made}/key1.pem -out {made}/locked.pem")
    (made / "both.pem").write_text((made / "key1.pem").read_text() + (made / "cert1.pem").read_text())
    (made / "text.pem").write_text("hello")
    (made / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----\n")
    return made


def _run(line: str) -> None:
    subprocess.run(shlex.split(line), check=True, capture_output=True)


@pytest.mark.parametrize(
    ("certificate", "key", "password"),
    [
        ("cert1.pem", "key1.pem", None),
        ("both.pem", None, None),
        ("cert1.pem", "locked.pem", "secret"),
    ],
)
def test_pair_is_taken(folder: Path, certificate: str, key: str | None, password: str | None) -> None:
    check_certificate(str(folder / certificate), str(folder / key) if key else None, password)


def test_without_a_certificate_there_is_nothing_to_check() -> None:
    check_certificate(None, None, None)


@pytest.mark.parametrize(
    ("certificate", "key", "password", "reason"),
    [
        (
            "cert1.pem",
            None,
            None,
            "--ssl-certfile cert1.pem: it holds no key in PEM form; name the key's file:",
        ),
        (
            "cert1.pem",
            "none.pem",
            None,
            "--ssl-keyfile none.pem: No such file or directory; name the key's file:",
        ),
        ("none.pem", "key1.pem", None, "--ssl-certfile none.pem: No such file or directory; name the certificate's"),
        (".", "key1.pem", None, "--ssl-certfile .: Is a directory; name the certificate's file: --ssl-certfile"),
        ("text.pem", "key1.pem", None, "--ssl-certfile text.pem: it holds no certificate in PEM form; name the cert"),
        ("broken.pem", "key1.pem", None, "broken.pem and key1.pem: "),
        ("cert1.pem", "text.pem", None, "--ssl-keyfile text.pem: it holds no key in PEM form; name the key's file"),
        (
            "cert1.pem",
            "key2.pem",
            None,
            "cert1.pem and key2.pem: the key is that of another certificate; name the",
        ),
        ("cert1.pem", "locked.pem", None, "locked.pem: it is locked by a password; give that: -- --ssl-keyfile-passw"),
        ("cert1.pem", "locked.pem", "wrong", "cert1.pem and locked.pem: the key cannot be read with that password;"),
    ],
)
def test_files_that_are_no_pair_are_one_line(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    certificate: str,
    key: str | None,
    password: str | None,
    reason: str,
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(CliError) as refused:
        check_certificate(certificate, key, password)
    assert str(refused.value).startswith(reason)
    assert "\n" not in str(refused.value)


def test_missing_pair_says_how_to_make_one_and_that_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CliError, match="there is no such file; to try TLS, make one: openssl ") as refused:
        check_certificate("cert.pem", "key.pem", None)
    _run(str(refused.value).partition("make one: ")[2])
    check_certificate("cert.pem", "key.pem", None)
    ssl.create_default_context(cafile="cert.pem")


def test_key_alone_is_a_mistake_in_the_line() -> None:
    with pytest.raises(UsageError, match="--ssl-keyfile needs the certificate as well: --ssl-certfile"):
        check_certificate(None, "key.pem", None)
