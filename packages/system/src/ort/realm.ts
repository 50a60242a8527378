import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Ort } from './ort.ts';

type View = Float32Array;
type Views = Readonly<
  Record<string, new (buffer: ArrayBufferLike, at: number, size: number) => View>
>;

const OURS = {
  Float32Array,
  Float64Array,
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
} as unknown as Views;

/** The types of tensors whose data are of each of these kinds, in their order. */
const TYPES = [
  'float32',
  'float64',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
] as const;

/**
 * ONNX Runtime as code of this realm can use it. Jest runs each test file in a realm of its own (a `vm`
 * context), whose typed arrays are not those that ONNX Runtime, loaded once for all realms, knows by
 * `instanceof`. Tensors are handed over both ways as arrays of the other side's kind, there: views of
 * the same memory. Elsewhere `ort` comes back as it is.
 */
export function inThisRealm(ort: Ort): Ort {
  const emptyOf = (type: string) => new ort.Tensor(type as 'float32', [], [0]).data;
  if (emptyOf('float32') instanceof Float32Array) return ort;
  const empty = TYPES.map(emptyOf);
  const theirs = viewsOf(
    Object.fromEntries(empty.map((data) => [data[Symbol.toStringTag], data.constructor])) as never,
  );
  const ours = viewsOf(OURS);

  /** What is read of the tensor is of this realm; native code does not mind. */
  const shown = (tensor: Tensor): Tensor =>
    Object.defineProperties(tensor, {
      data: { value: ours(tensor.data) },
      dims: { value: [...tensor.dims] },
    });

  const sessionHere = (session: InferenceSession): InferenceSession =>
    new Proxy(session, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        if (key !== 'run') return value.bind(target);
        return async (...args: Parameters<InferenceSession['run']>) => {
          const results = Object.entries(await target.run(...args));
          return Object.fromEntries(results.map(([name, tensor]) => [name, shown(tensor)]));
        };
      },
    });

  return {
    ...ort,
    Tensor: new Proxy(ort.Tensor, {
      construct: (Target, args: never[]) => shown(new Target(...(args.map(theirs) as [never]))),
    }),
    InferenceSession: {
      create: async (...args: [Uint8Array]) =>
        sessionHere(await ort.InferenceSession.create(...(args.map(theirs) as typeof args))),
    } as Ort['InferenceSession'],
  };
}

/** Makes views by constructors of these kinds; whatever is no typed array of them is given back. */
function viewsOf(kinds: Views): <T>(value: T) => T {
  return <T>(value: T) => {
    if (!ArrayBuffer.isView(value)) return value;
    const { buffer, byteOffset, length, [Symbol.toStringTag]: kind } = value as unknown as View;
    const Kind = kinds[kind];
    if (Kind === undefined || value instanceof Kind) return value;
    return new Kind(buffer, byteOffset, length) as T;
  };
}
