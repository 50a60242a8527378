import { type Model, tensorToArray } from '@latentkit/onnx';

/** Constants below this number of elements say nothing of how a model was stored, and take no room. */
const LARGE = 1024;

/**
 * What to say of a model whose weights were stored in half precision, as the TensorFlow.js converter's
 * `--quantize_float16` does: tfjs widens them when it loads them, so that their export is twice as large as the
 * model was, for nothing. Null where a large weight needs float32, or where there is none.
 */
export function storedHalvesText(model: Model): string | null {
  const large = [...model.graph.initializers.values()].filter(
    ({ dtype, raw }) => dtype === 'float32' && raw.length / 4 >= LARGE,
  );
  const halves = large.every((tensor) =>
    tensorToArray({ ...tensor, dtype: 'float32' }).every(isHalf),
  );
  if (large.length === 0 || !halves) return null;
  const bytes = large.reduce((sum, { raw }) => sum + raw.length / 2, 0);
  return (
    'All large weights are numbers of half precision, as of a model that was stored so. ' +
    `@latentkit/onnx's toFloat16(model, { compute: 'float32' }) makes the file ${bytes} bytes smaller, and its numbers the same.`
  );
}

/** Whether float16 holds a number: 11 significant bits, an exponent of −14 or more (IEEE 754-2019, table 3.5). */
function isHalf(value: number): boolean {
  if (value === 0) return true;
  if (!(Math.abs(value) <= 65504)) return false;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), -14);
  return Number.isInteger(value / 2 ** (exponent - 10));
}
