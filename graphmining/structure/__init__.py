"""Structure: cores, triangles, coverage."""
