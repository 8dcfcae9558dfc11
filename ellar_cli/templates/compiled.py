"""Compiled templates, kept as Python keeps compiled modules: in `__pycache__`, where that can be written."""

import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """Spares a command a quarter of its time; jinja2 compares what is kept with the text of the template."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket, where its template was compiled before."""
        with suppress(OSError), _file(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a bucket, unless Python is to keep nothing; it is no fault where that can't be written."""
        if sys.dont_write_bytecode:
            return
        file = _file(bucket)
        new = file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(bucket.bytecode_to_string())
            new.replace(file)


def _file(bucket: Bucket) -> Path:
    return Path(cache_from_source(str(Path(__file__).with_name(f"template-{bucket.key}.py"))))
