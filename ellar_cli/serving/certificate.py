"""The certificate and key of a server that speaks TLS, checked before it starts."""

import ssl
from collections.abc import Mapping
from pathlib import Path

from ellar_cli.errors import CliError, UsageError
from ellar_cli.output import quote

_MAKING = "openssl req -x509 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
_OPTIONS = {"ssl_certfile": "--ssl-certfile", "ssl_keyfile": "--ssl-keyfile"}
_HOLDING = {"certificate": b"-----BEGIN CERTIFICATE-----", "key": b"PRIVATE KEY-----"}


def check_certificate(
    certificate: str | None, key: str | None, password: str | None, places: Mapping[str, str] | None = None
) -> None:
    """Raise CliError for files that cannot be read or do not belong together, UsageError for a key alone.

    `places` says where they are named, by uvicorn's names of the options; otherwise the options are typed.
    """
    of_certificate, of_key = ((places or {}).get(name, option) for name, option in _OPTIONS.items())
    if certificate is None:
        if key is not None:
            raise UsageError(f"{of_key} needs the certificate as well: --ssl-certfile")
        return
    if not any(Path(file).exists() for file in (certificate, key or certificate)):
        making = f"{_MAKING} {quote('-keyout', key or certificate, '-out', certificate)}"
        raise CliError(f"{of_certificate} {certificate}: there is no such file; to try TLS, make one: {making}")
    _check_holds("certificate", of_certificate, certificate)
    _check_holds("key", of_key if key else of_certificate, key or certificate)
    _check_pair(certificate, key or certificate, password)


def _check_holds(kind: str, place: str, file: str) -> None:
    way_out = f"name the {kind}'s file: --ssl-{'cert' if kind == 'certificate' else 'key'}file"
    try:
        text = Path(file).read_bytes()
    except OSError as error:
        raise CliError(f"{place} {file}: {error.strerror}; {way_out}") from None
    if _HOLDING[kind] not in text:
        raise CliError(f"{place} {file}: it holds no {kind} in PEM form; {way_out}")


def _check_pair(certificate: str, key: str, password: str | None) -> None:
    def given() -> str:
        if password is None:  # OpenSSL would ask for it, in each process
            raise CliError(f"{key}: it is locked by a password; give that: -- --ssl-keyfile-password PASSWORD")
        return password

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, given)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            reason = "the key is that of another certificate; name the pair: --ssl-certfile and --ssl-keyfile"
        elif password is not None:
            reason = "the key cannot be read with that password; see -- --ssl-keyfile-password"
        else:
            reason = f"{error.reason or error}; name a pair in PEM form"
        raise CliError(f"{certificate} and {key}: {reason}") from None
