"""Heat: conduction with what its faces exchange, in time or steady."""
