"""Draw the figures of the README from eight members of the baseline that differ in luck alone; `make docs` runs it."""

import tempfile
from pathlib import Path

from simulator import run_ensemble
from simulator.analysis.run_tables import RunTables
from simulator.reporting.geography import read_places
from simulator.reporting.report import PLANS
from simulator.reporting.style import PNG_DOTS_PER_INCH, drawing

FOLDER = Path(__file__).resolve().parent / "figures"
MEMBERS = 8
SHOWN = ("national_co2", "four_provinces")


def main() -> None:
    """Run and draw."""
    with tempfile.TemporaryDirectory() as folder, drawing():
        run = RunTables(run_ensemble("baseline", MEMBERS, out=Path(folder) / "baseline").path)
        for plan in PLANS:
            if plan.name in SHOWN:
                plan.draw(run, read_places()).savefig(FOLDER / f"{plan.name}.png", dpi=PNG_DOTS_PER_INCH)


if __name__ == "__main__":
    main()
