"""What networkx asks of a backend when it is imported: plain data, nothing heavy."""

SAME = "The same answer as networkx."
OWN = "The same definition as networkx, other random numbers: other answers for the same seed."

FUNCTIONS = {
    "asyn_lpa_communities": OWN,
    "average_clustering": SAME,
    "clustering": SAME,
    "connected_components": SAME,
    "core_number": SAME,
    "fast_label_propagation_communities": OWN,
    "is_connected": SAME,
    "is_strongly_connected": SAME,
    "is_weakly_connected": SAME,
    "leiden_communities": "Modularity; networkx has no Leiden of its own.",
    "leiden_partitions": "Modularity; networkx has no Leiden of its own.",
    "louvain_communities": SAME + " The same seed gives the same communities.",
    "louvain_partitions": SAME + " The same seed gives the same communities.",
    "modularity": SAME,
    "node_connected_component": SAME,
    "number_connected_components": SAME,
    "number_strongly_connected_components": SAME,
    "number_weakly_connected_components": SAME,
    "pagerank": SAME,
    "square_clustering": SAME,
    "transitivity": SAME,
    "triangles": SAME,
    "weakly_connected_components": SAME,
}


def backend_info():
    """Name and functions of the backend, as networkx documents them."""
    return {
        "backend_name": "graphmining",
        "project": "crossner-suite",
        "package": "graphmining",
        "short_summary": "Compiled kernels on compressed sparse rows.",
        "functions": {name: {"additional_docs": docs} for name, docs in FUNCTIONS.items()},
    }
