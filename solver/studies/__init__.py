"""Studies: the same case many times, and what comes of it."""
