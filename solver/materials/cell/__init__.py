"""Arrays of vias, bumps and traces as materials: what a case file says of a unit cell, and its effective properties."""
