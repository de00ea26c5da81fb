"""Names of the streams of draws. The address of a draw is (seed, stream, year, row, item); see `agents/draws.py`.

A stream belongs to one kind of decision or event, so that an intervention in one never shifts the luck of another.
Seed: of the population for POPULATION, of the member for all others. Year: of the decision or event; the base year for
POPULATION. Row: the agent's permanent row, or the index of a province, region or carrier. Item: which of several draws
of that row. A number stays for ever, because another one would change every published run.
"""

POPULATION = 1  # row: firm, or plant above PLANT_ROW; item: a purpose named in simulator/population_character.py
CHOICE = 2  # row: firm; item: route, or a number named in agents/firm_investment.py
APPROVAL = 3  # row: firm; item: route
DEMONSTRATION = 4  # row: firm; item: route
SITE = 5  # row: firm; item: 0 whether it roams, 1 + row of the mate, or a province
FUEL_PRICE = 6  # row: carrier
WIND = 7  # row: province, or 1000 + grid region; the same for SUN, WATER and HEAT
SUN = 8
WATER = 9
DROUGHT = 10  # row: grid region
HEAT = 11
REPORT = 12  # row: province, for REPORT, FORECAST and AUDIT
FORECAST = 13
LEVER_COST = 14  # row: province; item: lever
AUDIT = 15
DESIGN = 100  # seed: of the scenario; year: 0 place in a stratum, 1 order of strata; row: set; item: CRC-32 of the name
