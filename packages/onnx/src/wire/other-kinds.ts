/** Files that are taken for ONNX models, by how they begin: none of them is a message of this format. */
const BEGINNINGS: readonly { readonly bytes: readonly number[]; readonly is: string }[] = [
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    is: 'a zip archive, as torch.save writes (.pt, .pth). Export the model by torch.onnx.export',
  },
  {
    bytes: [0x80, 0x02],
    is: "a pickle of Python's, as torch.save wrote once. Export the model by torch.onnx.export",
  },
  {
    bytes: [0x89, 0x48, 0x44, 0x46],
    is: 'an HDF5 file, as Keras writes (.h5). Export the model as ONNX, by tf2onnx say',
  },
  {
    bytes: [0x1f, 0x8b],
    is: 'packed by gzip. Unpack it',
  },
];

/** The length of a header in eight bytes, and the header, which is JSON: safetensors. */
const HEADER = 8;

/** Bytes that are looked at to tell text. */
const LOOKED_AT = 256;

/** What a file is that is no ONNX model, and what to do, without a full stop; undefined where its bytes do not tell. */
export function otherKind(bytes: Uint8Array): string | undefined {
  const known = BEGINNINGS.find((kind) => kind.bytes.every((byte, at) => bytes[at] === byte));
  if (known) return known.is;
  if (bytes[HEADER] === 0x7b && bytes[HEADER - 1] === 0) {
    return 'weights alone, in safetensors. Export the model that they belong to as ONNX';
  }
  const isText = bytes.subarray(0, LOOKED_AT).every((byte) => byte >= 0x20 || isSpace(byte));
  return isText ? 'text. Give the .onnx file that the exporter wrote' : undefined;
}

/** Tab, line feed, carriage return. */
function isSpace(byte: number): boolean {
  return byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
