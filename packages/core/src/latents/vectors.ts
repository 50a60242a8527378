import { ArgumentError, describeValue, InputError } from '../errors/index.ts';
import { outputOf } from '../run/outputs.ts';
import type { NamedTensors } from '../run/runner.ts';
import { checkRows, isTensor, sizeOf, type Tensor, tensor } from '../tensor.ts';
import { ofThisRealm } from '../typed-arrays.ts';
import { firstNotFinite } from '../value-range.ts';

/** Latents for a decoder: a tensor [n, latentSize], or a plain array of n latents one after the other. */
export type Latents = Tensor<'float32'> | Float32Array;

/**
 * Checks latents for a decoder.
 *
 * @param size dimensions of one; all values are one latent where it is absent
 * @returns [n, latentSize]
 * @throws InputError for another type or size, an empty batch, or a value that is not finite
 */
export function prepareLatents(latents: Latents, size?: number): Tensor<'float32'> {
  const data = ofThisRealm(isTensor(latents) ? latents.data : latents);
  if (!(data instanceof Float32Array)) {
    throw new InputError('latents', 'a float32 Tensor or Float32Array', describeValue(data));
  }
  const width = size ?? data.length;
  const wanted = `[n, ${width}] or n × ${width} values`;
  if (
    isTensor(latents) &&
    (latents.dims.length !== 2 || latents.dims[1] !== width || sizeOf(latents.dims) !== data.length)
  ) {
    throw new InputError(
      'latents',
      wanted,
      `dims [${latents.dims.join(', ')}] over ${data.length} values`,
    );
  }
  if (data.length === 0 || data.length % width !== 0) {
    throw new InputError(
      'latents',
      size === undefined ? 'at least one value' : wanted,
      `${data.length} values`,
    );
  }
  checkFinite('latent', data, width);
  return tensor(data, [data.length / width, width]);
}

/**
 * {@link checkRows}, and that every value is finite.
 *
 * @param argument in the plural where it is of many: one of the 'latents' is called a latent
 * @throws ArgumentError for what is no such matrix; InputError for NaN or infinity
 */
export function checkFiniteRows(
  argument: string,
  value: Tensor<'float32'>,
  shape?: { readonly n?: number; readonly size?: number },
): void {
  checkRows(argument, value, shape);
  checkFinite(argument.replace(/s$/, ''), value.data, value.dims[1] as number);
}

function checkFinite(one: string, data: Float32Array, width: number): void {
  const bad = firstNotFinite(data);
  if (bad >= 0) {
    throw new InputError(
      `${one} ${Math.floor(bad / width)}, dimension ${bad % width}`,
      'a finite number',
      String(data[bad]),
    );
  }
}

/** An output of vectors as [n, size], whatever shape the graph gives them: maps are latents as well. */
export function vectorsOf(outputs: NamedTensors, name: string): Tensor<'float32'> {
  return asRows(outputOf(outputs, name));
}

/** [n, …] as [n, size]. */
export function asRows(of: Tensor<'float32'>): Tensor<'float32'> {
  if (!isTensor(of)) throw new ArgumentError('latents', 'a tensor [n, …]', of);
  const { data, dims } = of;
  if (dims.length === 2) return of;
  const [n = 0, ...rest] = dims;
  return tensor(data, [n, sizeOf(rest)]);
}
