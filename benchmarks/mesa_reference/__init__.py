"""tanlu as one would first write it in Mesa: agents are objects with plain attributes, decisions are plain Python.

`MesaReference` is a `mesa.Model` whose firms, grid operators and local governments are `mesa.Agent`s. It is the oracle
against which the compiled model is tested, and the peer against which its speed is measured.

Written separately, in plain Python on objects, calling no rule of `agents/`:

- firms: expectations, prices, saving, allowances before and after production, running of plants, energy and CO2,
  money, customers, closing and starting plants, choice of plant, route and site, leaving and entry, construction,
  award of tenders, certificates;
- grid operators: heat, water, storage, coal units, spread in trade, tariff, expected prices, tenders, certificates;
- local governments: reports, forecasts, effort, choice of levers, campaigns, delays, approval, learning.

Shared with the compiled model, called as it is: the tables and the calibration; what agents perceive (the views);
the markets themselves (goods and their sharing among firms, power, allowances, certificates), to which agents hand what
they offer on a board of records and from which they read what they got; what governments' measures and shortages of
power take from firms (`simulator/government_measures.py`, `simulator/industry.py`), value of power, learning by doing,
sums and statistics. Draws come from `agents/draws.py`, which has tests of its own.

Formulas and symbols: docs/odd.md. Read `firm.py` first.
"""

from mesa_reference.model import MesaReference

__all__ = ["MesaReference"]
