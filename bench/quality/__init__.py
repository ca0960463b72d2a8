"""How good the proposals are, on roles whose need is known: `python -m bench.quality`."""
