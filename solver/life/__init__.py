"""How long things last: fatigue of solder and copper, acceleration between cycles, populations, missions."""
