"""`python -m simulator.data.derive [--check] [--figure]`: rebuild the shipped tables, or report differences.

Without options the tables beside this package are rewritten. With `--check` they are rebuilt into a temporary folder
and compared byte for byte; the exit code is 1 if one differs. With `--figure` the residual
figure and its table in docs/data.md are written too.
"""

import argparse
import filecmp
import sys
import tempfile
from pathlib import Path

from simulator.data.derive import demand, economy, emissions, geography, power, prices, residuals, technology

DATA = Path(__file__).resolve().parent.parent
FACTS = DATA / "facts"
DOCS = DATA.parent.parent / "docs"


def derive_all(facts: Path, out: Path) -> None:
    """Run every section; a section may read the tables of the sections before it."""
    geography.derive(facts, out)
    power.derive(facts, out)
    economy.derive(facts, out)
    emissions.derive(facts, out)
    demand.derive(facts, out)
    prices.derive(facts, out)
    technology.derive(facts, out)
    residuals.derive(facts, out)


def differences(facts: Path, shipped: Path) -> list[str]:
    """Names of derived tables that are missing from `shipped` or differ from a fresh derivation."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        derive_all(facts, fresh)
        names = sorted(path.name for path in fresh.glob("*.csv"))
        return [name for name in names if not _same(fresh / name, shipped / name)]


def _same(fresh: Path, shipped: Path) -> bool:
    return shipped.exists() and filecmp.cmp(fresh, shipped, shallow=False)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m simulator.data.derive", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--figure", action="store_true", help="also write docs/figures/residuals.png and its table")
    options = parser.parse_args()
    if options.check:
        changed = differences(FACTS, DATA)
        report = [f"{name}: differs from its derivation" for name in changed] or ["all derived tables agree"]
        sys.stdout.write("\n".join(report) + "\n")
        return 1 if changed else 0
    derive_all(FACTS, DATA)
    if options.figure:
        residuals.draw(DATA, DOCS / "figures" / "residuals.png")
        residuals.write_summary(DATA, DOCS / "data.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
