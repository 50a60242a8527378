/**
 * For tests: reads the text form of a model configuration by the fields, and their types, of ModelConfig in Triton's
 * protobuf/model_config.proto, as far as a repository of ours needs them.
 */

type Kind = 'string' | 'int' | 'data_type' | keyof typeof MESSAGES;

/** A field: its kind, and whether there may be several. */
type Field = readonly [Kind, 'one' | 'many'];

const TENSOR = {
  name: ['string', 'one'],
  data_type: ['data_type', 'one'],
  dims: ['int', 'many'],
  reshape: ['ModelTensorReshape', 'one'],
} as const;

const MESSAGES = {
  ModelConfig: {
    name: ['string', 'one'],
    platform: ['string', 'one'],
    backend: ['string', 'one'],
    max_batch_size: ['int', 'one'],
    input: ['ModelInput', 'many'],
    output: ['ModelOutput', 'many'],
    default_model_filename: ['string', 'one'],
    dynamic_batching: ['ModelDynamicBatching', 'one'],
    parameters: ['ParametersEntry', 'many'],
  },
  ModelInput: TENSOR,
  ModelOutput: { ...TENSOR, label_filename: ['string', 'one'] },
  ModelTensorReshape: { shape: ['int', 'many'] },
  ModelDynamicBatching: {
    preferred_batch_size: ['int', 'many'],
    max_queue_delay_microseconds: ['int', 'one'],
    default_queue_policy: ['ModelQueuePolicy', 'one'],
  },
  ModelQueuePolicy: {
    default_timeout_microseconds: ['int', 'one'],
    max_queue_size: ['int', 'one'],
  },
  ParametersEntry: { key: ['string', 'one'], value: ['ModelParameter', 'one'] },
  ModelParameter: { string_value: ['string', 'one'] },
} as const;

const DATA_TYPES = [
  ...['BOOL', 'UINT8', 'UINT16', 'UINT32', 'UINT64', 'INT8', 'INT16', 'INT32', 'INT64'],
  ...['FP16', 'FP32', 'FP64', 'STRING', 'BF16'],
].map((name) => `TYPE_${name}`);

/** A message: the values of each field that it has. */
export interface Message {
  readonly [field: string]: readonly (string | number | Message)[];
}

const TOKEN = /\s*(?:([A-Za-z_]\w*)|(-?\d+)|"((?:[^"\\\n]|\\.)*)"|([{}[\]:,]))/y;

/** @throws Error for what is no configuration */
export function readPbtxt(text: string): Message {
  const tokens: { word?: string; number?: string; quoted?: string; sign?: string }[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (!found) throw new Error(`unexpected: ${text.slice(at, at + 40)}`);
    const [, word, number, quoted, sign] = found;
    tokens.push({
      ...(word && { word }),
      ...(number && { number }),
      ...(quoted !== undefined && { quoted }),
      ...(sign && { sign }),
    });
  }
  let next = 0;
  const is = (sign: string) => tokens[next]?.sign === sign;
  const take = () => {
    const token = tokens[next++];
    if (!token) throw new Error('the text ends within a message');
    return token;
  };
  const parsed = (kind: Kind, name: string): string | number | Message => {
    if (kind in MESSAGES) {
      if (take().sign !== '{') throw new Error(`${name} is a message`);
      const message = read(kind as keyof typeof MESSAGES);
      if (take().sign !== '}') throw new Error(`${name} does not end`);
      return message;
    }
    const { word, number, quoted } = take();
    if (kind === 'string' && quoted !== undefined) return unescaped(quoted);
    if (kind === 'int' && number !== undefined) return Number(number);
    if (kind === 'data_type' && word !== undefined && DATA_TYPES.includes(word)) return word;
    throw new Error(`${name} is of the kind ${kind}, not ${word ?? number ?? quoted}`);
  };
  const read = (kind: keyof typeof MESSAGES): Message => {
    const fields: Readonly<Record<string, Field>> = MESSAGES[kind];
    const message: Record<string, (string | number | Message)[]> = {};
    while (next < tokens.length && !is('}')) {
      const { word: name = '' } = take();
      const [of, count] = fields[name] ?? [];
      if (!of) throw new Error(`${kind} has no field ${name}`);
      message[name] ??= [];
      if (count === 'one' && message[name].length > 0) throw new Error(`${kind} has ${name} twice`);
      if (is(':')) next += 1;
      if (!is('[')) {
        message[name].push(parsed(of, name));
        continue;
      }
      next += 1;
      while (!is(']')) {
        message[name].push(parsed(of, name));
        if (is(',')) next += 1;
      }
      next += 1;
    }
    return message;
  };
  return read('ModelConfig');
}

/** The text of a literal whose bytes beyond ASCII are octal codes of UTF-8. */
function unescaped(literal: string): string {
  const bytes: number[] = [];
  for (const [part] of literal.matchAll(/\\[0-7]{3}|\\.|[^\\]/g)) {
    if (/^\\\d/.test(part)) bytes.push(Number.parseInt(part.slice(1), 8));
    else bytes.push(part.charCodeAt(part.length - 1));
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
}
