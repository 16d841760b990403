"""Python's limit of recursion is the host's: a library that raises it takes its protection away.

`py_ecc`, which comes with web3, allows 100,000 calls when it is imported. A request whose JSON is
nested that deep then ends the process instead of being refused.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def same_recursion_limit() -> Iterator[None]:
    """Whatever happens inside, the limit is as before."""
    before = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
