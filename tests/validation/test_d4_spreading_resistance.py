"""D4, spreading resistance: source 10 x 10 mm centred on a plate 30 x 30 x 3 mm, k 390, h 2000 on the whole base.

Fourier series (Yovanovich, Muzychka, Culham 1999): R_max 0.70331, R_mean 0.66979 K/W.
"""

import pytest

CLOSED_FORM = 0.005
AMBIENT, POWER = 25.0, 10.0


def test_the_middle_of_the_source_rises_by_0_70331_kelvin_per_watt(solve):
    thermal = solve("spreading_resistance")["thermal"]
    assert thermal["resistances"]["junction_to_ambient_k_per_w"]["value"] == pytest.approx(0.70331, rel=CLOSED_FORM)


def test_the_source_rises_by_0_66979_kelvin_per_watt_on_average(solve):
    mean = solve("spreading_resistance")["thermal"]["regions"]["source/chip"]["mean_temperature_degc"]
    assert (mean - AMBIENT) / POWER == pytest.approx(0.66979, rel=CLOSED_FORM)
