"""Networks of resistances and capacitances that have a thermal impedance: Foster, Cauer, structure functions."""
