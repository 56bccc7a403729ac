"""What engineers read from solved fields: warpage, stress, die shift, resistances, as typed values."""
