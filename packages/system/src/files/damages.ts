/** What becomes of files, for tests: of every format of ours that is read back, each must be noticed. */
export interface Damage {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A flipped bit at many places, the file cut at many, a byte or a line too many, and an empty one. */
export function damagesOf(bytes: Uint8Array, places = 24): Damage[] {
  const at = (share: number) => Math.min(bytes.length - 1, Math.floor(share * bytes.length));
  const shares = Array.from({ length: places }, (_, i) => (i + 0.5) / places);
  const positions = [...new Set([0, ...shares.map(at), bytes.length - 1])];
  const flipped = positions.map((position, i) => {
    const copy = Uint8Array.from(bytes);
    copy[position] = (copy[position] as number) ^ (1 << (i % 7));
    return { name: `bit ${i % 7} of byte ${position} flipped`, bytes: copy };
  });
  const cut = positions.map((length) => ({
    name: `cut to ${length} bytes`,
    bytes: bytes.slice(0, length),
  }));
  const more = [Uint8Array.of(0), bytes.subarray(0, 40)].map((extra) => ({
    name: `${extra.length} bytes longer`,
    bytes: Uint8Array.from([...bytes, ...extra]),
  }));
  return [...flipped, ...cut, ...more, { name: 'empty', bytes: new Uint8Array(0) }];
}
