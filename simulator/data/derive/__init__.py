"""Rebuilds the shipped tables in `simulator/data` from the facts in `simulator/data/facts`.

One module per subject, each with `derive(facts, out)`; `python -m simulator.data.derive` runs them all.
"""
