"""The networkx backend: `nx.pagerank(G, backend="graphmining")`."""
