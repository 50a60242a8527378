"""The ten nearest vectors by numpy: COUNT SIZE METRIC. See src/participant.ts."""

import json
import sys
import time

count, size, metric = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
try:
    import numpy as np
except ImportError as error:
    print(json.dumps({"absent": str(error)}), flush=True)
    sys.exit()

random = np.random.default_rng(1)
vectors = random.standard_normal((count, size), dtype=np.float32)
squares = np.einsum("ij,ij->i", vectors, vectors)
inverse_lengths = 1 / np.sqrt(squares)


def nearest(query, k=10):
    products = vectors @ query
    if metric == "cosine":
        far = 1 - products * (inverse_lengths / np.linalg.norm(query))
    else:
        # |v|² − 2 v·q orders as |v − q| does.
        far = squares - 2 * products
    found = np.argpartition(far, k)[:k]
    return found[np.argsort(far[found])]


print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    query = random.standard_normal(size, dtype=np.float32)
    start = time.perf_counter()
    nearest(query)
    print(json.dumps({"ms": (time.perf_counter() - start) * 1000}), flush=True)
