"""Constitutive laws, one a file: what a strain, a temperature and a past make of stress."""
