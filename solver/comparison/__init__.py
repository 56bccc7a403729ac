"""Two results folders side by side: numbers, heights of surfaces, pictures."""
