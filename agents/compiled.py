"""Two decorators, `rule` and `process`: what reads as a sentence about an agent, or the world, runs as machine code.

Both compile by numba with `error_model="numpy"` (division never raises, so loops vectorise) and never with
`fastmath`, so that compiled and plain Python agree to the last bit for `+ - * /`, `math.exp` and `math.log`.

numba's own cache looks only at the file of the outer function: after a change in a function that it calls, the old
machine code would run in silence. The cache folder of a file's rules therefore carries a hash of that file and of all
files of both packages that it imports, directly or not: a change is seen, and only what it can reach compiles anew.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from agents import calls
from agents.survey import Survey

Rule = TypeVar("Rule", bound=Callable[..., object])

# Of what is called by address alone C has an entry, another than numba's (`agents.machine_code`): numba need make none.
_OPTIONS: dict[str, Any] = {"nopython": True, "error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True}

# What is written side by side may run so: no sum changes its order (`simulator.side_by_side`).
numba.config.SLP_VECTORIZE = 1

# Rules live in these folders' own files; analysis and reporting below `simulator` only read tables.
_FOLDERS = ("agents", "simulator")


_ROOT = Path(__file__).resolve().parent.parent
_IMPORT = re.compile(r"^\s*from\s+((?:agents|simulator)[\w.]*)\s+import\s+(\([^)]*\)|[^\n]*)", re.MULTILINE)


@cache
def source_hash() -> str:
    """Hash of all sources in which rules live, of numba's and numpy's version and of the processor."""
    return _hash(path for folder in _FOLDERS for path in sorted((_ROOT / folder).glob("*.py")))


def _hash(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(_ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    digest.update(f"numba {numba.__version__} numpy {np.__version__} {numba.config.CPU_NAME} {_processor()}".encode())
    return digest.hexdigest()[:16]


@cache
def _imported(path: Path) -> frozenset[Path]:
    """Files of both packages from which a file imports something.

    Of a package whose modules alone are named, its `__init__` gives nothing; what that names of its own is not reached.
    """
    found: set[Path] = set()
    for module, names in _IMPORT.findall(path.read_text(encoding="utf-8")):
        place = _ROOT.joinpath(*module.split("."))
        within = [place / f"{name}.py" for name in re.findall(r"\w+", names)]
        own = () if all(one.is_file() for one in within) else (place.with_suffix(".py"), place / "__init__.py")
        found.update(one for one in (*own, *within) if one.is_file())
    return frozenset(found)


@cache
def _reach(path: Path) -> tuple[Path, ...]:
    """A file and all files that it imports, directly or not, in order of their names."""
    seen, waiting = {path}, [path]
    while waiting:
        new = _imported(waiting.pop()) - seen
        seen |= new
        waiting += new
    return tuple(sorted(seen))


@cache
def _processor() -> str:
    import llvmlite.binding as llvm

    return str(llvm.get_host_cpu_name())


def _home() -> Path:
    """The user's home, or a folder that cannot be made where the system knows of none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.devnull)


def _user() -> int:
    """The number of the user, who may share the temporary folder; Windows numbers none, and shares none."""
    return os.getuid() if hasattr(os, "getuid") else 0


@cache
def cache_folder() -> Path:
    """A writable folder for machine code: the user's cache folder, else a temporary one."""
    stated = os.environ.get("NUMBA_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or _home() / ".cache"
    for folder in (
        Path(stated) if stated else Path(home) / "tanlu",
        Path(tempfile.gettempdir()) / f"tanlu-{_user()}",
    ):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="tanlu-"))


@cache
def code_folder(source: str) -> Path:
    """Where the machine code of a file's rules is kept; a file of neither package shares a folder with its like."""
    path = Path(source).resolve()
    inside = any(path.parent == _ROOT / folder for folder in _FOLDERS)
    return cache_folder() / (_hash(_reach(path)) if inside else source_hash())


# Files whose rules have been declared in this process.
_declared: set[str] = set()
# Set where calls are only watched, before any rule is declared.
_survey: Survey | None = None


def watch() -> Survey:
    """Let what is declared from now on run as plain Python, and watch what Python calls."""
    global _survey
    _survey = Survey()
    return _survey


def _is_plain() -> bool:
    """Whether functions run as plain Python."""
    return bool(numba.config.DISABLE_JIT) or _survey is not None


def is_warm() -> bool:
    """Whether machine code of most files with rules is already in the cache, so that the first run need not compile.

    Not of all: what a scenario does not use is compiled when one first does.
    """
    if numba.config.DISABLE_JIT:
        return True
    kept = sum(any(code_folder(one).rglob("*.nbi")) for one in _declared)
    return 2 * kept > len(_declared)


def _compiled(function: Rule, **options: Any) -> Rule:
    source = function.__code__.co_filename
    _declared.add(source)
    if numba.config.DISABLE_JIT:
        return function
    numba.config.CACHE_DIR = str(code_folder(source))
    make = _survey.watched if _survey else calls.compiled
    return cast(Rule, make(function, **options, **_OPTIONS))


def rule(function: Rule) -> Rule:
    """Compile what an agent decides, an equation, or a loop over agents that makes no array.

    A rule only reads and writes records and arrays that it is given, so numba need not count references to the arrays
    that the agent perceives; counting took longer than deciding. Rules are inlined where they are called, since
    handing a view of 25 arrays on takes longer than most rules. With NUMBA_DISABLE_JIT=1 it stays plain Python.
    """
    return _compiled(function, _nrt=False, forceinline=True)


def process(function: Rule) -> Rule:
    """Compile what the world does to its agents; it may make arrays and call rules, not the other way round."""
    return _compiled(function)


def rows_of(table: NDArray[Any]) -> NDArray[Any]:
    """The same memory as the record array `table`, as compiled loops and `rows["column"]` take it fastest.

    Reading a column through the attribute of a record array costs thirty times as much. Compiled loops should be given
    nothing else: once one has seen the record array, every call with the rows takes a detour. Where nothing is
    compiled, loops need the attributes, and the record array is what they get.
    """
    if _is_plain():
        return table
    return table.view(_plain(table.dtype), np.ndarray)


@cache
def _plain(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """A record array's dtype without attributes; one object for all tables of a kind, since a compiled loop knows its
    own at a glance, but compares another that is equal quantity by quantity, which takes longer than many rules."""
    return np.dtype((np.void, dtype))
