"""Graphs with known clusters."""
