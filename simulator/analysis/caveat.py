"""What must be said wherever results of training or exchange are shown or written."""

from simulator.analysis.run_tables import RunTables
from simulator.government_policies import ASSUMED


def caveat(*runs: RunTables) -> str:
    """That capacity is assumed, if any of the runs pays for training or exchange; else empty."""
    paid = any(run.has("governments", "training_mcny", where="training_mcny > 0") for run in runs)
    return ASSUMED if paid else ""
