"""Verdicts, tightening and replay: from usage and the state in force to proposals."""
