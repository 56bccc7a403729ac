"""`planish vias`: what an array of thermal vias does for a package, and what other arrays would do."""
