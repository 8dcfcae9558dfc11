"""Where a project's dependency on ellar-kit points."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from ellar_cli.errors import CliError

DISTRIBUTION = "ellar-kit"

# Where a git hook runs this, these name its repository and not the one of the folder.
_GIT_ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}}
_GIT_SCHEMES = frozenset({"https", "http", "ssh", "git"})
_SCP_ADDRESS = re.compile(r"(?P<host>[\w.-]+@[\w.-]+):(?P<path>[^/].*)")
_ARCHIVE = re.compile(r"ellar_kit-([^-]+?)(-.+\.whl|\.tar\.gz)")
_VERSION = re.compile(r"\d+(\.\d+)*([-_.]?(a|b|rc|post|dev)\d*)*")


@dataclass(frozen=True)
class RuntimeRequirement:
    """The PEP 508 line of a project that needs ellar-kit."""

    text: str
    vendored: str = ""  # the file of it in the project, where it brings one along

    @property
    def is_direct(self) -> bool:
        """Whether it says a place instead of versions."""
        return " @ " in self.text

    @property
    def is_of_this_machine(self) -> bool:
        """Whether that place is a path, which no other machine has."""
        return re.search(r" @ (\w+\+)?file:", self.text) is not None

    @property
    def place(self) -> str:
        """What the place is, in words."""
        if not self.is_direct:
            return self.vendored or "the package index"
        return "a path of this machine" if self.is_of_this_machine else "an address"

    @property
    def archive(self) -> Path | None:
        """The wheel or sdist of this machine that it points to."""
        file = _folder(self.text.partition(" @ ")[2])
        return file if self.is_of_this_machine and file.is_file() else None


def runtime_requirement(spec: str | None = None) -> RuntimeRequirement:
    """Return what `--runtime` says, or else the place where this tool was installed from.

    Raises CliError for a `spec` that is no version, requirement, address or path of ellar-kit.
    """
    return RuntimeRequirement(_from_spec(spec.strip()) if spec is not None else _from_installation())


def vendored_requirement(path: str) -> RuntimeRequirement:
    """Return what a project requires that has ellar-kit as a wheel or an sdist at `path`, relative to its root.

    It is that version alone: an installer that looks there and in an index takes the newest of both.
    """
    version = _ARCHIVE.fullmatch(path.rpartition("/")[2])
    if version is None:
        raise CliError(f"{path} is no wheel or sdist of {DISTRIBUTION}")
    return RuntimeRequirement(f"{DISTRIBUTION}=={version[1]}", vendored=path)


def installed_version(distribution: str) -> str | None:
    """Return the version of a distribution in this environment."""
    try:
        text = metadata.distribution(distribution).read_text("METADATA") or ""
    except metadata.PackageNotFoundError:
        return None
    # The parser of the whole takes as long to import as the rest of this file, and its names are in any case.
    version = re.search(r"^Version: *(\S+)", text, re.MULTILINE | re.IGNORECASE)
    return version[1] if version else None


def _from_installation() -> str:
    try:
        installed = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        raise CliError(f"{DISTRIBUTION} is not installed in this environment: say where it is with --runtime") from None
    recorded = installed.read_text("direct_url.json")
    if recorded is None:
        return f"{DISTRIBUTION}{version_range(installed.version)}"
    return f"{DISTRIBUTION} @ {_address(json.loads(recorded))}"


def version_range(version: str) -> str:
    """Return the range of versions that a project made by `version` works with: up to the next that may break it."""
    major, minor = (int(number) for number in re.findall(r"\d+", version)[:2])
    return f">={version},<{major}.{minor + 1}" if major == 0 else f">={version},<{major + 1}"


def _address(direct_url: dict[str, Any]) -> str:
    """Return PEP 610's record as a requirement's address."""
    url = str(direct_url["url"])
    subdirectory = _subdirectory(direct_url.get("subdirectory") or "")
    if repository := direct_url.get("vcs_info"):
        return f"{repository['vcs']}+{_without_password(url)}@{repository['commit_id']}{subdirectory}"
    if "dir_info" in direct_url:
        return _published(_folder(url)) or url
    return f"{url}{subdirectory}"


def _subdirectory(path: str) -> str:
    return f"#subdirectory={quote(path)}" if path else ""


def _folder(url: str) -> Path:
    # On Windows the path of file:///C:/kit is C:/kit.
    return Path(re.sub("^/(?=[A-Za-z]:)", "", unquote(urlsplit(url).path)))


def _published(folder: Path) -> str | None:
    """Return the commit that `folder` is at as an address, where its remote has it and it holds the folder as it is."""
    remote = _git(folder, "config", "--get", "remote.origin.url")
    address = _git_address(remote) if remote else None
    # The last word makes it fail where the commit has no such folder.
    head = _git(folder, "rev-parse", "HEAD", "--show-prefix", "HEAD:./pyproject.toml") if address else None
    if not head or _git(folder, "status", "--porcelain", "--", ".") != "":
        return None
    if not _git(folder, "branch", "--remotes", "--contains", "HEAD"):
        return None
    commit, *prefix, _ = head.splitlines()
    return f"git+{address}@{commit}{_subdirectory(''.join(prefix).rstrip('/'))}"


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        command = ["git", "-C", str(folder), *arguments]
        run = subprocess.run(command, capture_output=True, text=True, timeout=5, env=_GIT_ENVIRONMENT)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return run.stdout.strip() if run.returncode == 0 else None


def _git_address(remote: str) -> str | None:
    """Return a remote as a URL that other machines can use, or None for a path of this one."""
    if scp := _SCP_ADDRESS.fullmatch(remote):
        return f"ssh://{scp['host']}/{scp['path']}"
    return _without_password(remote) if urlsplit(remote).scheme in _GIT_SCHEMES else None


def _without_password(url: str) -> str:
    """Leave out what a person's git knows and a project's file must not: `https://TOKEN@host`."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    kept = f"{user.partition(':')[0]}{at}" if parts.scheme == "ssh" else ""
    return urlunsplit(parts._replace(netloc=f"{kept}{host}"))


def _from_spec(spec: str) -> str:
    if _VERSION.fullmatch(spec):
        spec = f"=={spec}"
    if spec[:1] in tuple("<>=!~"):
        spec = f"{DISTRIBUTION}{spec}"
    elif re.match(r"[a-z+]+://", spec):
        spec = f"{DISTRIBUTION} @ {spec}"
    elif spec not in ("", DISTRIBUTION) and (path := Path(spec).expanduser()).exists():
        return f"{DISTRIBUTION} @ {_checked(path.resolve()).as_uri()}"
    return _parsed(spec)


def _checked(path: Path) -> Path:
    is_archive = _ARCHIVE.fullmatch(path.name) is not None
    if not is_archive and not (path / "pyproject.toml").is_file():
        raise CliError(f"--runtime: {path} is neither a wheel of {DISTRIBUTION} nor a folder with its pyproject.toml")
    return path


def _parsed(spec: str) -> str:
    # Only --runtime needs it.
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        requirement = Requirement(spec)
    except InvalidRequirement:
        raise CliError(
            f"--runtime: {spec!r} is no version, requirement, address or existing path of {DISTRIBUTION}"
        ) from None
    if canonicalize_name(requirement.name) != DISTRIBUTION:
        raise CliError(f"--runtime: {requirement.name} is another project; this one is {DISTRIBUTION}")
    return str(requirement)
