"""What networkx asks of a backend when it is imported: plain data, nothing heavy."""


def backend_info():
    """Name and functions of the backend, as networkx documents them."""
    return {}
