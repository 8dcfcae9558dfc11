"""The shell commands of all pages do what the page says."""

from __future__ import annotations

import sys
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.docs.conftest import Written
from tests.docs.pages import PAGES, Block
from tests.server import Server, free_port

BLOCKS = [block for page in PAGES for block in page.blocks() if block.language == "bash"]


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_server_starts(block: Block, written: Written) -> None:
    program, *arguments = block.text.split()
    port = free_port()
    listen = ["--bind", f"127.0.0.1:{port}"] if program == "hypercorn" else ["--port", str(port)]
    command = [sys.executable, "-m", program, *arguments, *listen]
    with Server(command, written.of(block.page), port) as server, pytest.raises(HTTPError, match="404"):
        urlopen(f"{server.url}/nothing-here")
