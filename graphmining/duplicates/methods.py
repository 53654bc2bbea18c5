"""The ways from scored pairs to clusters, by name."""

METHODS = {
    "average": "average linkage: a cluster's parts are as alike as all their pairs on average; does not chain",
    "affinity": "rounds in which every cluster joins its most similar neighbour",
    "correlation": "pairs above the threshold attract, all others repel",
    "cpm": "Leiden clusters of the constant Potts model: denser inside than the threshold",
    "mutual-best": "pairs that are each other's best match, for two lists without duplicates of their own",
    "components": "whatever a path of pairs joins; chains",
}
