"""Passwords: kept as scrypt hashes with a salt each. Run it to hash one: `python -m chat.apps.accounts.passwords`."""

import hashlib
import secrets
from base64 import b64decode, b64encode
from getpass import getpass

# 16 MiB, five times over: the least that OWASP's password storage cheat sheet asks of scrypt.
N, R, P = 2**14, 8, 5


def hash_password(password: str) -> str:
    """The password's hash, with all that is needed to check it: the costs may be raised for new ones."""
    salt = secrets.token_bytes(16)
    return _written(salt, _derive(password, salt, N, R, P))


def matches(password: str, hashed: str) -> bool:
    """Is it the password that was hashed? Takes a fifth of a second, as it should: call it in a thread."""
    n, r, p, salt, key = hashed.split("$")
    derived = _derive(password, b64decode(salt), int(n), int(r), int(p))
    return secrets.compare_digest(derived, b64decode(key))


def _written(salt: bytes, key: bytes) -> str:
    return f"{N}${R}${P}${b64encode(salt).decode()}${b64encode(key).decode()}"


def _derive(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=2**28, dklen=32)


NOBODY = _written(bytes(16), bytes(32))
"""A hash that no password has: to check it takes as long as to check a user's."""

if __name__ == "__main__":
    print(hash_password(getpass()))
