import { createRandom } from '@latentkit/core';

/** Items of waves of several lengths, whatever the model: noise looks the same to most encoders. */
export function waves(
  rows: number,
  size: number,
  [low, high]: readonly [number, number],
): Float32Array {
  const random = createRandom(0, 'adopt items');
  const x = new Float32Array(rows * size);
  for (let row = 0; row < rows; row++) {
    const pace = (1 + random.uniform() * 5) * 2 * Math.PI;
    const phase = random.uniform() * 2 * Math.PI;
    for (let i = 0; i < size; i++) {
      const wave = 0.5 + 0.35 * Math.sin((pace * i) / size + phase) + 0.15 * random.uniform();
      x[row * size + i] = low + wave * (high - low);
    }
  }
  return x;
}
