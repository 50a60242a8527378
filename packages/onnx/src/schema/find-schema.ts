import type { AttributeValue } from '../ir.ts';
import { OPERATOR_SCHEMAS } from './operator-schemas.ts';

/** One version of an operator, as ONNX's registry has it. */
export interface OperatorSchema {
  domain: string;
  name: string;
  /** The operator set that brought this version. */
  since: number;
  deprecated: boolean;
  inputs: readonly Parameter[];
  outputs: readonly Parameter[];
  /** Least and most inputs and outputs, omitted optional ones in between included. */
  inputRange: readonly [number, number];
  outputRange: readonly [number, number];
  attributes: ReadonlyMap<string, { type: AttributeKind; required: boolean }>;
  /** Allowed types by type parameter (`T`). */
  typeParameters: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Parameter {
  name: string;
  option: 'single' | 'optional' | 'variadic' | 'variadic-mixed';
  /** A type parameter, or one type as typeName spells it. */
  type: string;
}

export type AttributeKind = AttributeValue['type'] | 'sparse_tensor';

interface Table {
  typeSets: Map<string, ReadonlySet<string>>;
  /** Lines by `domain/Operator`, oldest version first. */
  lines: Map<string, { since: number; line: string }[]>;
  newest: Map<string, number>;
}

let table: Table | undefined;
const parsed = new Map<string, OperatorSchema>();

/** Splits the text into lines by operator; a line is parsed when somebody asks for it. */
function loadTable(): Table {
  if (table) return table;
  const typeSets = new Map<string, ReadonlySet<string>>();
  const lines: Table['lines'] = new Map();
  const newest = new Map<string, number>();
  for (const line of OPERATOR_SCHEMAS.split('\n')) {
    if (line === '') continue;
    if (line.startsWith('= ')) {
      const [name = '', ...types] = line.slice(2).split(' ');
      typeSets.set(name, new Set(types));
      continue;
    }
    const [path = '', version = ''] = (line.split('|', 1)[0] as string).split(' ');
    const key = path.includes('/') ? path : `/${path}`;
    const since = Number(version);
    const versions = lines.get(key) ?? [];
    versions.push({ since, line });
    lines.set(key, versions);
    const domain = key.slice(0, key.indexOf('/'));
    newest.set(domain, Math.max(newest.get(domain) ?? 0, since));
  }
  table = { typeSets, lines, newest };
  return table;
}

/**
 * The schema that an operator has in an operator set: its newest version up to that set, or undefined
 * where there is none.
 */
export function findSchema(
  domain: string,
  opType: string,
  opset: number,
): OperatorSchema | undefined {
  const versions = loadTable().lines.get(`${domain}/${opType}`) ?? [];
  const found = versions.findLast((version) => version.since <= opset);
  if (!found) return undefined;
  const known = parsed.get(found.line);
  if (known) return known;
  const schema = parseSchema(found.line);
  parsed.set(found.line, schema);
  return schema;
}

/** The operator set in which an operator first appeared, or undefined for one that no set has. */
export function firstOpset(domain: string, opType: string): number | undefined {
  return loadTable().lines.get(`${domain}/${opType}`)?.[0]?.since;
}

/** The newest operator set of a domain in the table; undefined for a domain that it does not have. */
export function newestOpset(domain: string): number | undefined {
  return loadTable().newest.get(domain);
}

function parseSchema(line: string): OperatorSchema {
  const [head = '', inputs = '', outputs = '', attributes = '', types = ''] = line.split('|');
  const [path = '', since = '', deprecated] = head.split(' ');
  const slash = path.indexOf('/');
  const { typeSets } = loadTable();
  const inputList = words(inputs).map(parseParameter);
  const outputList = words(outputs).map(parseParameter);
  return {
    domain: path.slice(0, Math.max(slash, 0)),
    name: path.slice(slash + 1),
    since: Number(since),
    deprecated: deprecated === 'deprecated',
    inputs: inputList.map(({ parameter }) => parameter),
    outputs: outputList.map(({ parameter }) => parameter),
    inputRange: range(inputList),
    outputRange: range(outputList),
    attributes: new Map(
      words(attributes).map((word) => {
        const [name = '', type = ''] = word.split(':');
        const required = name.endsWith('!');
        return [required ? name.slice(0, -1) : name, { type: attributeKind(type), required }];
      }),
    ),
    typeParameters: new Map(
      words(types).map((word) => {
        const [name = '', set = ''] = word.split('=');
        return [name, typeSets.get(set) ?? new Set<string>()];
      }),
    ),
  };
}

function words(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

function attributeKind(type: string): AttributeKind {
  return (type === 'type_proto' ? 'typeProto' : type) as AttributeKind;
}

interface Parsed {
  parameter: Parameter;
  minimum: number;
}

function parseParameter(word: string): Parsed {
  const colon = word.indexOf(':');
  const type = word.slice(colon + 1);
  const [, name = '', mark = '', count = '0'] =
    /^(.*?)(?:([?*~])(\d*))?$/.exec(word.slice(0, colon)) ?? [];
  const option =
    mark === '?'
      ? 'optional'
      : mark === '*'
        ? 'variadic'
        : mark === '~'
          ? 'variadic-mixed'
          : 'single';
  return { parameter: { name, option, type }, minimum: Number(count) };
}

/** A required parameter behind optional ones makes those count: an omitted one keeps its place. */
function range(parameters: readonly Parsed[]): [number, number] {
  let least = 0;
  let most = 0;
  for (const { parameter, minimum } of parameters) {
    if (parameter.option === 'single') least = ++most;
    else if (parameter.option === 'optional') most++;
    else {
      least = most + minimum;
      most = Number.POSITIVE_INFINITY;
    }
  }
  return [least, most];
}
