"""From measured curves to the entry of a material: what `planish materials fit` does."""
