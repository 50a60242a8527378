import { type Tensor, Tensor as TensorClass } from '@tensorflow/tfjs-core';
import { ExportError } from '../error.ts';
import type { InputSpecs } from '../trace/inputs.ts';
import type { Traceable } from '../trace/trace.ts';

/** What a traced function may return: one tensor, a list, or tensors by name. */
export type TensorResult = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** A function on tensors. Written as a method so that `(x: Tensor2D) => …` fits as well. */
export type TensorFunction = {
  call(...inputs: Tensor[]): TensorResult;
}['call'];

/** A source brought into one form: what to call, with what, and how its outputs are called. */
export interface NormalSource {
  readonly kind: 'function' | 'layers-model' | 'graph-model';
  readonly name: string;
  readonly inputs: InputSpecs;
  readonly fn: Traceable;
  /** Names of weights that are no variables, by what identifies their data. */
  readonly weightNames?: ReadonlyMap<object, string>;
}

export interface SourceOptions {
  readonly inputs?: InputSpecs | undefined;
  readonly outputs?: readonly string[] | undefined;
  /** Names of further inputs: no output is called so of itself. */
  readonly taken?: readonly string[] | undefined;
}

/** The type of a model's input. */
export function dtypeOf(dtype: string, name: string): 'float32' | 'int32' | 'bool' {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new ExportError(
    'unsupported',
    `The input '${name}' is of type ${dtype}; float32, int32 and bool can be exported.`,
    { problems: [`input '${name}': ${dtype}`] },
  );
}

/** The names of everything that goes into the graph. */
export const inputNames = (inputs: InputSpecs, options: SourceOptions): string[] => [
  ...Object.keys(inputs),
  ...(options.taken ?? []),
];

/** What a promise that is refused comes to is nobody's: its tensors are gone by then, and its rejection would end the process. */
function quieten(value: unknown): void {
  if (typeof value !== 'object' || value === null || !('then' in value)) return;
  if (typeof value.then === 'function') value.then(undefined, () => {});
}

/**
 * Names for what was returned: those asked for, or its own.
 *
 * @param unnamed what the tensor at a place of a list, or the only one, is called
 */
export function named(
  result: TensorResult,
  wanted: readonly string[] | undefined,
  unnamed: (place: number | null) => string,
): [string, Tensor][] {
  const entries: [string, unknown][] =
    result instanceof TensorClass
      ? [[unnamed(null), result]]
      : Array.isArray(result)
        ? result.map((tensor, i) => [unnamed(i), tensor])
        : Object.entries((result ?? {}) as Record<string, Tensor>);
  for (const value of [result, ...entries.map(([, value]) => value)]) quieten(value);
  for (const [name, tensor] of entries) {
    if (tensor instanceof TensorClass) continue;
    throw new ExportError(
      'invalid-argument',
      `The function returned ${tensor === null ? 'null' : typeof tensor} as '${name}'; expected a tensor, a list of tensors, or tensors by name (not a promise).`,
    );
  }
  if (entries.length === 0) {
    throw new ExportError(
      'invalid-argument',
      'The function returned no tensor; expected a tensor, a list of tensors, or tensors by name (not a promise).',
    );
  }
  if (wanted !== undefined && wanted.length !== entries.length) {
    throw new ExportError(
      'invalid-argument',
      `${wanted.length} output names were given (${wanted.join(', ')}) for ${entries.length} outputs (${entries.map(([name]) => name).join(', ')}).`,
    );
  }
  return entries.map(([name, tensor], i) => [wanted?.[i] ?? name, tensor as Tensor]);
}
