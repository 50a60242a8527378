import { type Model, type TensorData, tensorToArray } from '@latentkit/onnx';
import * as ort from '@latentkit/system/ort-for-tests';

ort.env.logLevel = 'fatal';

/**
 * Runs a model on inputs in the order of its graph.
 *
 * @throws Error with ONNX Runtime's message, or one of ours for values that its JavaScript API cannot hold
 */
export async function runModel(
  bytes: Uint8Array,
  model: Model,
  inputs: readonly TensorData[],
): Promise<ort.Tensor[]> {
  const session = await ort.InferenceSession.create(bytes, {
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  });
  try {
    const feeds: Record<string, ort.Tensor> = {};
    for (const [i, tensor] of inputs.entries()) {
      const name = model.graph.inputs[i]?.name ?? '';
      feeds[name] = new ort.Tensor(
        tensor.dtype as 'float32',
        tensorToArray(tensor) as Float32Array,
        tensor.dims,
      );
    }
    const results = await session.run(feeds);
    return model.graph.outputs.map((output) => results[output.name] as ort.Tensor);
  } finally {
    await session.release();
  }
}

/** ONNX's own tolerances: |difference| ≤ 1e-7 + 1e-3 · |expected|. */
const ABSOLUTE = 1e-7;
const RELATIVE = 1e-3;

/**
 * Compares an output with the stored one; `scaled` measures errors against the largest stored value,
 * at 1e-5 of it.
 *
 * @throws Error that names the first difference
 */
export function compareOutput(actual: ort.Tensor, expected: TensorData, scaled = false): void {
  const type = `${actual.type} [${actual.dims}]`;
  const wanted = `${expected.dtype} [${expected.dims}]`;
  if (type !== wanted) throw new Error(`type ${type}, expected ${wanted}`);
  const stored = Array.from(tensorToArray(expected) as ArrayLike<unknown>);
  const values = actual.data as ArrayLike<unknown>;
  const float = expected.dtype === 'float32' || expected.dtype === 'float64';
  const largest = scaled ? Math.max(...stored.map((value) => Math.abs(value as number))) : 0;
  for (const [i, want] of stored.entries()) {
    const got = values[i];
    if (Object.is(got, want) || got === want) continue;
    const [a, b] = float ? [got as number, want as number] : half(expected, got, want);
    if (Number.isNaN(a) && Number.isNaN(b)) continue;
    const allowed = scaled ? 1e-5 * largest : ABSOLUTE + RELATIVE * Math.abs(b);
    if (!(Math.abs(a - b) <= allowed)) throw new Error(`value ${i} is ${got}, expected ${want}`);
  }
}

/** Half floats as numbers; anything else must be equal, which it is not when this is called. */
function half(tensor: TensorData, got: unknown, want: unknown): [number, number] {
  if (tensor.dtype !== 'float16') return [Number.POSITIVE_INFINITY, 0];
  return [fromHalf(got as number), fromHalf(want as number)];
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
