"""Copper patterns: files of layouts, and what their windows are as materials."""
