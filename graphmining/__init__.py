"""Cluster, rank and measure graphs: networkx at the door, arrays and compiled kernels inside.

>>> import networkx as nx
>>> import graphmining as gm
>>> [len(component) for component in gm.connected_components(nx.path_graph(3))]
[3]
"""

# What is public, by the module that holds it. Each loads on first use: numba alone takes half a second.
_PUBLIC = {
    "graphmining.graph.csr": ["Graph"],
    "graphmining.graph.files": ["read_graph", "write_graph"],
    "graphmining.clustering.affinity": ["affinity_clustering"],
    "graphmining.clustering.balanced": ["balanced_partition"],
    "graphmining.clustering.components": ["connected_components"],
    "graphmining.clustering.correlation": ["correlation_clustering", "correlation_objective"],
    "graphmining.clustering.dendrogram": ["Dendrogram"],
    "graphmining.clustering.ego_splitting": ["ego_splitting", "persona_graph"],
    "graphmining.clustering.hierarchical": ["hierarchical_clustering"],
    "graphmining.clustering.label_propagation": ["label_propagation"],
    "graphmining.clustering.leiden": ["leiden"],
    "graphmining.clustering.louvain": ["louvain"],
    "graphmining.clustering.semi_supervised": ["propagate_labels"],
    "graphmining.clustering.spectral": ["spectral_clustering"],
    "graphmining.clustering.structural": ["structural_clustering"],
    "graphmining.ranking.bipartite": ["reduce_and_aggregate"],
    "graphmining.ranking.pagerank": ["pagerank"],
    "graphmining.ranking.push": ["local_cluster", "personalized_pagerank"],
    "graphmining.ranking.similarity": ["similar_nodes"],
    "graphmining.ranking.simrank": ["simrank", "simrank_single_source"],
    "graphmining.structure.cores": ["core_numbers", "k_core"],
    "graphmining.structure.coverage": ["coverage_coreset", "k_cover"],
    "graphmining.structure.squares": ["square_clustering"],
    "graphmining.structure.triangles": ["clustering_coefficients", "transitivity", "triangles"],
    "graphmining.measures.agreement": ["agreement", "bcubed", "pairwise_scores"],
    "graphmining.measures.overlapping": ["omega_index", "overlapping_nmi"],
    "graphmining.measures.quality": ["conductance", "coverage", "cut", "modularity", "quality"],
    "graphmining.generators.lfr": ["lfr"],
    "graphmining.generators.planted": ["planted_partition"],
    "graphmining.data": ["load_graph"],
    "graphmining.duplicates.pipeline": ["find_duplicates"],
    "graphmining.duplicates.result": ["Duplicates"],
    "graphmining.duplicates.items": ["Items"],
    "graphmining.duplicates.files": ["read_items"],
    "graphmining.duplicates.candidates.blocking": ["Blocking", "SortedNeighborhood", "Tokens", "UnionOf"],
    "graphmining.duplicates.candidates.minhash": ["MinHashLSH", "minhash_signatures"],
    "graphmining.duplicates.candidates.nearest": ["NearestOf"],
    "graphmining.duplicates.candidates.simhash": ["SimHashLSH"],
    "graphmining.duplicates.candidates.tfidf": ["TfidfNeighbors"],
    "graphmining.duplicates.candidates.vectors": ["VectorNeighbors"],
    "graphmining.duplicates.scoring.cosine": ["Cosine"],
    "graphmining.duplicates.scoring.edits": ["EditDistance"],
    "graphmining.duplicates.scoring.fellegi_sunter": ["FellegiSunter"],
    "graphmining.duplicates.scoring.jaccard": ["Jaccard"],
    "graphmining.duplicates.scoring.learned": ["LearnedScore"],
    "graphmining.duplicates.review": ["read_decisions"],
    "graphmining.duplicates.relational.run": ["find_duplicates_in"],
    "graphmining.duplicates.corruption": ["adversarial_texts", "near_duplicates"],
    "graphmining.drawing.blocks": ["draw_blocks"],
    "graphmining.drawing.clusters": ["draw_clusters"],
    "graphmining.drawing.dendrogram": ["draw_dendrogram"],
    "graphmining.drawing.profiles": ["draw_conductance", "draw_sizes"],
}
_MODULES = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = sorted(_MODULES)


def __getattr__(name):
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"module 'graphmining' has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return [*globals(), *__all__]
