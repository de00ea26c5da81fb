"""Two decorators, `rule` and `process`: what reads as a sentence about an agent, or the world, runs as machine code.

Both compile by numba with `error_model="numpy"` (division never raises, so loops vectorise) and never with
`fastmath`, so that compiled and plain Python agree to the last bit for `+ - * /`, `math.exp` and `math.log`.

numba's own cache looks only at the file of the outer function: after a change in a function that it calls, the old
machine code would run in silence. The cache folder therefore carries a hash of every source file of both packages.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Rule = TypeVar("Rule", bound=Callable[..., object])

# Nothing here is handed to C as a function pointer, so numba need not compile an entry for that.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "cache": True, "nogil": True, "no_cfunc_wrapper": True}

# Rules live in these folders' own files; analysis and reporting below `simulator` only read tables.
_FOLDERS = ("agents", "simulator")


def source_hash() -> str:
    """Hash of all sources in which rules live, of numba's and numpy's version and of the processor."""
    digest = hashlib.sha256()
    root = Path(__file__).resolve().parent.parent
    for folder in _FOLDERS:
        for path in sorted((root / folder).glob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    digest.update(f"numba {numba.__version__} numpy {np.__version__} {numba.config.CPU_NAME} {_processor()}".encode())
    return digest.hexdigest()[:16]


def _processor() -> str:
    import llvmlite.binding as llvm

    return str(llvm.get_host_cpu_name())


def _home() -> Path:
    """The user's home, or a folder that cannot be made where the system knows of none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.devnull)


def cache_folder() -> Path:
    """A writable folder for machine code: the user's cache folder, else a temporary one."""
    stated = os.environ.get("NUMBA_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or _home() / ".cache"
    name = source_hash()
    for base in (
        Path(stated) if stated else Path(home) / "tanlu",
        Path(tempfile.gettempdir()) / f"tanlu-{os.getuid()}",
    ):
        folder = base / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="tanlu-"))


numba.config.CACHE_DIR = str(cache_folder())


def is_warm() -> bool:
    """Whether machine code of these very sources is already in the cache, so that the first run need not compile."""
    return any(Path(numba.config.CACHE_DIR).rglob("*.nbi"))


def rule(function: Rule) -> Rule:
    """Compile what an agent decides, an equation, or a loop over agents that makes no array.

    A rule only reads and writes records and arrays that it is given, so numba need not count references to the arrays
    that the agent perceives; counting took longer than deciding. Rules are inlined where they are called, since
    handing a view of 25 arrays on takes longer than most rules. With NUMBA_DISABLE_JIT=1 it stays plain Python.
    """
    return cast(Rule, numba.njit(_nrt=False, forceinline=True, **_OPTIONS)(function))


def process(function: Rule) -> Rule:
    """Compile what the world does to its agents; it may make arrays and call rules, not the other way round."""
    return cast(Rule, numba.njit(**_OPTIONS)(function))


def rows_of(table: NDArray[Any]) -> NDArray[Any]:
    """The same memory as the record array `table`, as compiled loops and `rows["column"]` take it fastest.

    Reading a column through the attribute of a record array costs thirty times as much. Where nothing is compiled,
    loops need the attributes, and the record array is what they get.
    """
    if numba.config.DISABLE_JIT:
        return table
    return table.view(np.dtype((np.void, table.dtype)), np.ndarray)
