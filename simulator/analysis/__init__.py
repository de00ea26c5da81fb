"""What can be learnt from a run: functions of the tables in a run folder, never of a model."""
