"""Draw the exchange network of docs/data.md: `python docs/exchange.py [FILE]`, FILE a network in CSV or GraphML.

Without a file the network is the one that follows from the base year and the pairings of provinces.
"""

import sys
from pathlib import Path

from simulator import experience
from simulator.config import load_config
from simulator.reporting.figures_exchange import exchange_matrix
from simulator.reporting.geography import read_places
from simulator.reporting.style import PNG_DOTS_PER_INCH, drawing
from simulator.scenario import setting_of

FIGURE = Path(__file__).resolve().parent / "figures" / "exchange_network.png"


def main(arguments: list[str]) -> None:
    """Write the figure."""
    setting = setting_of(load_config("baseline"))
    provinces = setting.base.names.provinces
    weight = (
        experience.read_network(Path(arguments[0]), provinces) if arguments else experience.exchange_network(setting)
    )
    graph = experience.to_graph(weight, provinces, experience.twinned(provinces))
    with drawing():
        exchange_matrix(graph, read_places()).savefig(FIGURE, dpi=PNG_DOTS_PER_INCH)


if __name__ == "__main__":
    main(sys.argv[1:])
