"""Direct current in conductors, and the heat it makes."""
