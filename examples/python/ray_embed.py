"""Embeds pictures with a latentkit model on Ray Data, as `latentkit embed` does in Node.

    pip install 'ray[data]' onnxruntime pillow
    python ray_embed.py models/mine ./photos --out vectors.parquet

In a pipeline of your own:

    pictures = ray.data.from_items(list_pictures(folder))
    pool = ray.data.ActorPoolStrategy(size=4)
    vectors = pictures.map_batches(Embedder, fn_constructor_args=[model], batch_size=256, compute=pool)
    write_vectors(vectors, Card(model), "vectors.parquet")

The file is one of latentkit: `latentkit search` finds in it, `latentkit embed merge` puts it beside others. Pictures become
items as docs/pictures.md of latentkit defines, to the byte for PNG; JPEG decoders may differ by a bit.
"""
import argparse
import hashlib
import io
import json
import math
import pathlib

import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq
import ray
from PIL import Image, ImageCms, ImageOps

ENDINGS = {".png", ".apng", ".jpg", ".jpeg", ".jfif", ".webp", ".avif", ".tif", ".tiff", ".gif"}
# The output of the encoder that is the embedding, by the kind of the latent.
EMBEDDINGS = {"gaussian": "mean", "point": "z"}


class Card:
    """What a model takes, and which latent space its vectors lie in, by its model.json."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.card = json.loads((self.folder / "model.json").read_text("utf-8"))
        kind = self.card["latent"]["kind"]
        if kind not in EMBEDDINGS:
            known = ", ".join(EMBEDDINGS)
            raise ValueError(f"{folder}: its latents are '{kind}'; this script embeds {known}")
        if self.card["graphs"]["encoder"]["inputs"][1:]:
            raise ValueError(f"{folder}: its encoder takes more than items; use latentkit embed")
        shape, self.layout = self.card["item"]["shape"], self.card["item"]["layout"]
        self.height, self.width, self.channels = (
            shape if self.layout == "HWC" else [shape[1], shape[2], shape[0]]
        )
        if self.channels not in (1, 3):
            raise ValueError(f"{folder}: items of {self.channels} channels; this script makes 1 or 3")
        given = self.card["preprocessing"]
        self.scale, self.offset = given["scale"], given["offset"]
        self.grey = given.get("grey", [0.299, 0.587, 0.114])
        self.fit = given.get("fit", "cover")
        self.background = given.get("background", [0, 0, 0])
        self.embedding = EMBEDDINGS[kind]
        self.size = self.card["latent"]["size"]

    def encoder(self):
        """The graph at full precision. Raises ValueError where it is not the one of the card."""
        file = self.card["graphs"]["encoder"]["files"]["fp32"]
        graph = (self.folder / file["file"]).read_bytes()
        if hashlib.sha256(graph).hexdigest() != file["sha256"]:
            raise ValueError(f"{file['file']} is not the file that the card describes; copy it anew")
        return graph

    def space(self):
        """The identity of the latent space: SHA-256 over all that a vector depends on."""
        graphs, given = self.card["graphs"], self.card["preprocessing"]
        text = {
            "encoder": graphs["encoder"]["files"]["fp32"]["sha256"],
            "item": self.card["item"],
            "preprocessing": {
                **given,
                "grey": self.grey,
                "kernel": given.get("kernel", "cubic"),
                "fit": self.fit,
                "background": self.background,
            },
            "latent": self.card["latent"],
        }
        canonical = json.dumps(text, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def half_up(x):
    return math.floor(x + 0.5)


def to_channels(image, card):
    """Steps 1 to 4: upright, sRGB of 8 bits, over the background, grey where the item is."""
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I;16", "I"):
        image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
    has_alpha = image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info
    if profile and image.mode in ("RGB", "CMYK"):
        source, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        image = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
    if image.mode == "L" and not has_alpha and card.channels == 1:
        return image
    pixels = np.asarray(image.convert("RGBA" if has_alpha else "RGB")).astype(np.int64)
    if has_alpha:
        colours, alpha = pixels[..., :3], pixels[..., 3:]
        over = colours * alpha + np.array(card.background) * (255 - alpha)
        pixels = (2 * over + 255) // 510
    if card.channels == 1:
        weights = np.array([half_up(65536 * weight) for weight in card.grey])
        pixels = np.clip((pixels @ weights + 32768) >> 16, 0, 255)
    return Image.fromarray(pixels.astype(np.uint8))


def fit_picture(image, card):
    """Steps 5 to 7: the part that is taken, and its pixels at the item's size."""
    (w, h), (W, H) = image.size, (card.width, card.height)
    too_wide = w * H > h * W
    box, inner = (0, 0, w, h), (W, H)
    if card.fit == "cover":
        sw, sh = (h * W / H, h) if too_wide else (w, w * H / W)
        box = ((w - sw) / 2, (h - sh) / 2, (w - sw) / 2 + sw, (h - sh) / 2 + sh)
    if card.fit == "contain":
        inner = (W, max(1, half_up(h * W / w))) if too_wide else (max(1, half_up(w * H / h)), H)
    across, down = (box[2] - box[0]) / inner[0], (box[3] - box[1]) / inner[1]
    factor = next((f for f in (8, 4, 2) if min(across, down) >= 2 * f), 1)
    if factor > 1:
        image = image.reduce(factor)
        box = tuple(edge / factor for edge in box)
    image = image.resize(inner, Image.Resampling.BICUBIC, box)
    if card.fit != "contain":
        return image
    grey = half_up(sum(w * c for w, c in zip(card.grey, card.background)))
    padded = Image.new(image.mode, (W, H), grey if card.channels == 1 else tuple(card.background))
    padded.paste(image, ((W - inner[0]) // 2, (H - inner[1]) // 2))
    return padded


def read_item(contents, card):
    """The item that a picture becomes: float32 of the card's shape. Raises what Pillow raises."""
    with Image.open(io.BytesIO(contents)) as image:
        pixels = np.asarray(fit_picture(to_channels(image, card), card))
    item = pixels.reshape(card.height, card.width, card.channels)
    if card.layout == "CHW":
        item = item.transpose(2, 0, 1)
    return item.astype(np.float32) * np.float32(card.scale) + np.float32(card.offset)


class Embedder:
    """For map_batches: {id, path, bytes, stamp} → {id, sha256, bytes, stamp, vector}, without what is no picture."""

    def __init__(self, model, threads=1):
        self.card = Card(model)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(
            self.card.encoder(), options, providers=["CPUExecutionProvider"]
        )
        described = self.session.get_inputs()[0]
        self.name, self.shape = described.name, [-1, *described.shape[1:]]

    def __call__(self, batch):
        rows = {"id": [], "sha256": [], "bytes": [], "stamp": []}
        items = []
        for id, path, length, stamp in zip(*(batch[key] for key in ("id", "path", "bytes", "stamp"))):
            contents = pathlib.Path(path).read_bytes()
            try:
                items.append(read_item(contents, self.card))
            except (OSError, SyntaxError, ValueError) as fault:
                print(f"{id} was left out: {fault}")
                continue
            digest = hashlib.sha256(contents).hexdigest()
            for key, value in zip(rows, (str(id), digest, int(length), str(stamp))):
                rows[key].append(value)
        vectors = np.empty((0, self.card.size), np.float32)
        if items:
            fed = {self.name: np.stack(items).reshape(self.shape)}
            (vectors,) = self.session.run([self.card.embedding], fed)
        return {**{key: np.array(value) for key, value in rows.items()}, "vector": vectors}


def list_pictures(folder):
    """The pictures below a folder, by their paths in it, with length and time of change as latentkit writes them."""
    root, found = pathlib.Path(folder), []
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() not in ENDINGS or not path.is_file():
            continue
        status = path.stat()
        changed = (status.st_mtime_ns // 10**9) * 1e3 + (status.st_mtime_ns % 10**9) / 1e6
        found.append(
            {
                "id": path.relative_to(root).as_posix(),
                "path": str(path.resolve()),
                "bytes": status.st_size,
                "stamp": repr(changed).removesuffix(".0"),
            }
        )
    if not found:
        raise ValueError(f"There are no pictures in {folder}")
    return found


def write_vectors(rows, card, out):
    """Writes a data set of rows as a file of vectors of latentkit, whole or not at all. Returns how many rows."""
    schema = pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("sha256", pa.string(), nullable=False),
            pa.field("bytes", pa.int64(), nullable=False),
            pa.field("stamp", pa.string(), nullable=False),
            pa.field("vector", pa.list_(pa.field("element", pa.float32(), nullable=False)), nullable=False),
        ]
    )
    out, count = pathlib.Path(out), 0
    temporary = out.with_name(f".{out.name}.tmp")
    with pq.ParquetWriter(temporary, schema, compression="NONE", use_dictionary=False) as writer:
        for batch in rows.iter_batches(batch_format="numpy", batch_size=1024):
            columns = {name: batch[name] for name in ("id", "sha256", "bytes", "stamp")}
            vectors = [np.asarray(vector, np.float32) for vector in batch["vector"]]
            writer.write_table(pa.table({**columns, "vector": vectors}, schema=schema))
            count += len(vectors)
        about = {
            "format": 1,
            "space": card.space(),
            "model": card.card["name"],
            "size": card.size,
            "count": count,
            "scored": False,
            "modelPath": str(card.folder.resolve()),
        }
        writer.add_key_value_metadata({"latentkit.vectors": json.dumps(about)})
    temporary.rename(out)
    return count


def main():
    parser = argparse.ArgumentParser(description="Embed a folder of pictures on Ray Data.")
    parser.add_argument("model", help="a folder that 'latentkit export' wrote")
    parser.add_argument("folder", help="a folder of pictures, the ones below it included")
    parser.add_argument("--out", required=True, help="where the vectors go, a .parquet")
    parser.add_argument("--concurrency", type=int, default=2, help="processes that embed (2)")
    parser.add_argument("--batch", type=int, default=128, help="pictures that are encoded together (128)")
    args = parser.parse_args()
    card, pictures = Card(args.model), list_pictures(args.folder)
    ray.init(log_to_driver=False, include_dashboard=False)
    ray.data.DataContext.get_current().execution_options.preserve_order = True
    rows = ray.data.from_items(pictures).map_batches(
        Embedder,
        fn_constructor_args=[str(card.folder.resolve())],
        batch_size=args.batch,
        compute=ray.data.ActorPoolStrategy(size=args.concurrency),
    )
    count = write_vectors(rows, card, args.out)
    print(json.dumps({"rows": count, "leftOut": len(pictures) - count}))


if __name__ == "__main__":
    main()
