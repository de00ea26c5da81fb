"""What holds for all sources: direction of imports, addressed draws, portable arithmetic, size, locked packages."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = [path for folder in ("agents", "simulator") for path in sorted((ROOT / folder).rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SOURCES = [*PACKAGES, *TESTS, *sorted((ROOT / "benchmarks").rglob("*.py")), *sorted((ROOT / "docs").rglob("*.py"))]
TEXTS = [
    *SOURCES,
    *(
        path
        for name in ("configs", "docs", "simulator/data", "runs")
        for path in sorted((ROOT / name).rglob("*.[cmy]*"))
    ),
    *(
        ROOT / name
        for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff", "Makefile", "pyproject.toml")
    ),
]
LONGEST_FILE, LONGEST_FUNCTION = 400, 40


def relative(path):
    return path.relative_to(ROOT).as_posix()


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def attribute(node):
    """`np.random.normal` as text, for an attribute of an attribute of a name."""
    if isinstance(node, ast.Attribute):
        return f"{attribute(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def is_rule(function):
    return any(attribute(getattr(one, "func", one)).split(".")[-1] == "rule" for one in function.decorator_list)


def broken_arithmetic(function):
    """Operations whose compiled and plain results may differ in the last bit."""
    for node in ast.walk(function):
        name = attribute(node)
        if re.fullmatch(r"(np|numpy)\.(exp|log|log2|log10|power|sum|mean|dot)", name):
            yield f"{name} in line {node.lineno}"
        whole = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant)
        if whole and isinstance(node.right.value, int) and not isinstance(node.left, ast.Constant):
            yield f"** {node.right.value} in line {node.lineno}"


def unaddressed_draws(tree):
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [one.name for one in node.names]
            module = getattr(node, "module", "") or ""
            if "random" in names or module in ("random", "numpy.random"):
                yield f"import of random in line {node.lineno}"
        if re.search(r"^(np|numpy)\.random\b|^random\.|\b(model|self)\.(random|rng)\b", attribute(node)):
            yield f"{attribute(node)} in line {node.lineno}"


def lines_without_docstring(function):
    first = function.body[0]
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    text = first.end_lineno - first.lineno + 1 if is_text else 0
    return function.end_lineno - function.lineno + 1 - text


def test_import_contracts():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.parametrize("path", PACKAGES, ids=relative)
def test_draws_are_addressed(path):
    assert list(unaddressed_draws(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("path", PACKAGES, ids=relative)
def test_rules_use_arithmetic_that_is_the_same_compiled_and_plain(path):
    rules = [one for one in functions(ast.parse(path.read_text(encoding="utf-8"))) if is_rule(one)]
    assert [f"{one.name}: {what}" for one in rules for what in broken_arithmetic(one)] == []


def test_the_lint_sees_what_it_forbids():
    tree = ast.parse(
        "import random\n@rule\ndef f(x):\n    return np.exp(x) + x**2 + math.exp(x) * x**0.5\n"
        "def g(model):\n    return np.random.normal() + model.random.random()\n"
    )
    assert sorted(broken_arithmetic(functions(tree)[0])) == ["** 2 in line 4", "np.exp in line 4"]
    assert [is_rule(one) for one in functions(tree)] == [True, False]
    assert len(set(unaddressed_draws(tree))) >= 3


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_files_and_functions_are_short_and_well_named(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_FILE
    assert not re.search(r"util|helper|common|manager", path.stem)
    # A function may be longer where its docstring says "Long because ...".
    long = [
        f"{one.name}: {lines_without_docstring(one)} lines"
        for one in functions(ast.parse(text))
        if lines_without_docstring(one) > LONGEST_FUNCTION and "Long because" not in (ast.get_docstring(one) or "")
    ]
    assert long == []


@pytest.mark.parametrize("path", PACKAGES, ids=relative)
def test_no_fast_mathematics(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.keyword)]
    assert [node.arg for node in calls if node.arg in ("fastmath", "parallel")] == []


def test_nothing_is_left_open_and_no_path_of_a_machine_is_named():
    marks = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "pytest.mark.(" + "skip|xfail)", "pytest." + "skip"]))
    machine = re.compile(r"(?<![\w.:/])/(?:root|home|opt|Users|work)/")
    found = [
        f"{relative(path)}: {one.group()}"
        for path in TEXTS
        if path.is_file()
        for pattern in (marks, machine)
        for one in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_constraints_are_those_of_the_lock_file():
    locked = {
        (package["name"], package["version"])
        for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
        if package["name"] != "tanlu"
    }
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert {tuple(line.split(" ;")[0].split("==")) for line in lines} == locked


def test_the_lock_file_knows_the_public_index_only():
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    assert set(re.findall(r'registry = "([^"]*)"', text)) == {"https://pypi.org/simple"}
    assert set(re.findall(r'url = "(https?://[^/"]*)', text)) == {"https://files.pythonhosted.org"}


def test_the_command_line_loads_nothing_heavy():
    heavy = [
        "mesa",
        "numba",
        "numpy",
        "pandas",
        "pydantic",
        "matplotlib",
        "scipy",
        "pyarrow",
        "duckdb",
        "networkx",
        "yaml",
    ]
    code = f"import sys, simulator, simulator.cli; print([one for one in {heavy} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_are_there_and_stay_what_they_are():
    code = (
        "import simulator, simulator.runs, simulator.commands\n"
        "assert all(getattr(simulator, name).__name__ == name for name in simulator.__all__)\n"
        "assert set(simulator.__all__) <= set(dir(simulator))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
