import type { ValueType } from '../ir.ts';
import { printType } from '../print/print-model.ts';
import { Mismatch, mergeShapes } from './op/dims.ts';

/**
 * One type from what is declared and what is inferred. Negative sizes, which some exporters write for
 * open dimensions, count as open.
 *
 * @throws Mismatch where the two contradict each other
 */
export function mergeTypes(
  declared: ValueType | undefined,
  inferred: ValueType | undefined,
): ValueType | undefined {
  const known = declared && declared.kind !== 'unknown' ? normal(declared) : undefined;
  if (!known || !inferred || inferred.kind === 'unknown') return known ?? inferred;
  if (known.kind !== inferred.kind) throw differ(known, inferred);
  if (known.kind === 'tensor' && inferred.kind === 'tensor') {
    if (known.dtype !== inferred.dtype) throw differ(known, inferred);
    const shape = mergeShapes(known.shape, inferred.shape);
    return { kind: 'tensor', dtype: known.dtype, shape: shape && [...shape] };
  }
  const [a, b] = [elementType(known), elementType(inferred)];
  if (a && b && a.kind !== b.kind) throw differ(known, inferred);
  if (a?.kind === 'tensor' && b?.kind === 'tensor' && a.dtype !== b.dtype) {
    throw differ(known, inferred);
  }
  return known;
}

function elementType(type: ValueType): ValueType | null {
  return type.kind === 'sequence' || type.kind === 'optional' ? type.element : null;
}

function normal(type: ValueType): ValueType {
  if (type.kind !== 'tensor' || !type.shape) return type;
  return {
    ...type,
    shape: type.shape.map((dim) => (typeof dim === 'number' && dim < 0 ? null : dim)),
  };
}

function differ(declared: ValueType, inferred: ValueType): Mismatch {
  return new Mismatch(
    'type-mismatch',
    `The type is declared ${printType(declared)}, but inferred ${printType(inferred)}.`,
  );
}
