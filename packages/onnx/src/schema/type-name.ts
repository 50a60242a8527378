import type { DType } from '../dtype.ts';
import type { ValueType } from '../ir.ts';

/** A dtype as the operator schemas spell it. */
export function dtypeName(dtype: DType): string {
  if (dtype === 'float32') return 'float';
  return dtype === 'float64' ? 'double' : dtype;
}

/** A type as the operator schemas spell it, shapes left out; undefined where it is not fully known. */
export function typeName(type: ValueType | null): string | undefined {
  switch (type?.kind) {
    case 'tensor':
      return dtypeName(type.dtype);
    case 'sequence':
      return wrap('seq', typeName(type.element));
    case 'optional':
      return wrap('optional', typeName(type.element));
    case 'map': {
      const value = typeName(type.value);
      return value && `map(${dtypeName(type.key)},${value})`;
    }
    default:
      return undefined;
  }
}

function wrap(kind: string, element: string | undefined): string | undefined {
  return element && `${kind}(${element})`;
}
