"""Pictures of graphs and clusters with matplotlib."""
