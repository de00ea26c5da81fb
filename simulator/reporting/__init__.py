"""What a run looks like: figures and a page made from a run folder's tables, never from a model."""
