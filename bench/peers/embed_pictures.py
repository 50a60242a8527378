"""Embeds a folder of pictures to Parquet as Python programs do: FOLDER SIDE WORKERS OUT. See src/participant.ts.

PIL in the workers of a DataLoader, a perceptron in PyTorch (weights as they were drawn), pyarrow; each row with the
name of its file and the SHA-256 of what is in it, as ours has them.
"""

import hashlib
import io
import json
import pathlib
import sys

folder, side, workers, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
try:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    import torch
    from PIL import Image
    from torch import nn
except ImportError as error:
    print(json.dumps({"absent": str(error)}), flush=True)
    sys.exit()

LATENT = 64


class Pictures(torch.utils.data.Dataset):
    files = sorted(pathlib.Path(folder).iterdir())

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        content = self.files[index].read_bytes()
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        if picture.size != (side, side):
            picture = picture.resize((side, side), Image.BILINEAR)
        return index, hashlib.sha256(content).hexdigest(), np.asarray(picture)


def collate(items):
    rows, digests, pictures = zip(*items)
    return rows, digests, torch.from_numpy(np.stack(pictures))


def embed():
    pictures = Pictures()
    loader = torch.utils.data.DataLoader(
        pictures, batch_size=256, num_workers=workers, collate_fn=collate, prefetch_factor=4
    )
    schema = pa.schema(
        [("id", pa.string()), ("sha256", pa.string()), ("vector", pa.list_(pa.float32(), LATENT))]
    )
    with pq.ParquetWriter(out, schema) as writer, torch.inference_mode():
        for rows, digests, batch in loader:
            z = model(batch.flatten(1).float().div_(255)).numpy()
            vectors = pa.FixedSizeListArray.from_arrays(pa.array(z.ravel()), LATENT)
            names = [pictures.files[row].name for row in rows]
            writer.write_batch(pa.record_batch([names, list(digests), vectors], schema=schema))
    return len(pictures)


if __name__ == "__main__":
    size = 3 * side * side
    model = nn.Sequential(nn.Linear(size, 400), nn.ReLU(), nn.Linear(400, LATENT)).eval()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps({"count": embed()}), flush=True)
