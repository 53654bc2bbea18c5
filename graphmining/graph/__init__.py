"""The graph inside: compressed sparse rows, made once from networkx, scipy, pandas, arrays or files."""
