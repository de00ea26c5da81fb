"""Facts and parameters shipped with the simulator: CSV tables with unit, year, source and grade."""
