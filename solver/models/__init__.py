"""Models of the same case: each checks it, forecasts its cost, solves its steps and says what it provides."""
