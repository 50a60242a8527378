import type { ModelConfig } from '../models/model-config.ts';

type Value = string | number | readonly number[] | readonly object[] | object;

/** A configuration in the text form of protocol buffers, as `config.pbtxt` has it. */
export function toPbtxt({ parameters, ...config }: ModelConfig): string {
  // A map is a list of its entries.
  const entries = Object.entries(parameters).map(([key, value]) => ({ key, value }));
  return `${fields({ ...config, parameters: entries }, '').join('\n')}\n`;
}

function fields(message: object, indent: string): string[] {
  return Object.entries(message).flatMap(([name, value]) => field(name, value as Value, indent));
}

function field(name: string, value: Value, indent: string): string[] {
  if (typeof value === 'number') return [`${indent}${name}: ${value}`];
  if (typeof value === 'string') {
    // The values of enumerations are bare words.
    return [`${indent}${name}: ${name === 'data_type' ? value : quote(value)}`];
  }
  if (Array.isArray(value)) {
    return value.every((item) => typeof item === 'number')
      ? [`${indent}${name}: [${value.join(', ')}]`]
      : value.flatMap((item) => field(name, item as object, indent));
  }
  return [`${indent}${name} {`, ...fields(value, `${indent}  `), `${indent}}`];
}

/** Everything beyond printable ASCII as the octal codes of its UTF-8. */
function quote(text: string): string {
  const bytes = [...new TextEncoder().encode(text)].map((byte) => {
    const char = String.fromCharCode(byte);
    if (char === '"' || char === '\\') return `\\${char}`;
    return byte >= 0x20 && byte < 0x7f ? char : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${bytes.join('')}"`;
}
