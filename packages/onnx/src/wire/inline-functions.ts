import { OnnxError } from '../errors.ts';
import { normalDomain } from './decode-graph.ts';
import { type proto, toNumber } from './proto.ts';

/** Calls inside calls, and nodes in all: few bytes can ask for very many. */
const MAX_DEPTH = 50;
const MAX_NODES = 200_000;

/**
 * Puts the nodes of a model's own functions where they are called, as ONNX's specification of
 * functions says: formal inputs and outputs become the call's, other names become new ones,
 * references to attributes the attributes' values. The functions are gone afterwards.
 *
 * @throws OnnxError `unsupported` where a function needs other operator sets than the model, `malformed`
 *   for one that calls itself, `duplicate` for two of one name, `limit`
 */
export function inlineFunctions(model: proto.IModelProto): void {
  const functions = model.functions ?? [];
  if (functions.length === 0 || !model.graph) return;
  const byName = new Map<string, proto.IFunctionProto>();
  for (const each of functions) {
    const key = keyOf(each.domain, each.name);
    if (byName.has(key)) {
      throw new OnnxError('duplicate', `Two functions are named "${each.name}".`);
    }
    byName.set(key, each);
    importOpsets(model, each);
  }
  new Inliner(byName).graph(model.graph, []);
  model.functions = [];
}

function keyOf(domain: string | null | undefined, name: string | null | undefined): string {
  return `${normalDomain(domain)}/${name ?? ''}`;
}

/** The nodes of a function are read by the model's operator sets once they are in its graph. */
function importOpsets(model: proto.IModelProto, called: proto.IFunctionProto): void {
  model.opsetImport ??= [];
  for (const { domain, version } of called.opsetImport ?? []) {
    const own = model.opsetImport.find(
      (each) => normalDomain(each.domain) === normalDomain(domain),
    );
    if (!own) model.opsetImport.push({ domain: domain ?? '', version: version ?? 0 });
    else if (toNumber(own.version) !== toNumber(version)) {
      throw new OnnxError(
        'unsupported',
        `The function "${called.name}" is of version ${toNumber(version)} of "${domain || 'ai.onnx'}", the model of version ${toNumber(own.version)}: it cannot be put into the graph.`,
      );
    }
  }
}

class Inliner {
  readonly #functions: ReadonlyMap<string, proto.IFunctionProto>;
  #calls = 0;
  #nodes = 0;

  constructor(functions: ReadonlyMap<string, proto.IFunctionProto>) {
    this.#functions = functions;
  }

  /** Replaces the calls in a graph and in the bodies of its nodes. */
  graph(graph: proto.IGraphProto, callers: readonly string[]): void {
    graph.node = this.#expand(graph.node ?? [], callers);
  }

  #expand(nodes: readonly proto.INodeProto[], callers: readonly string[]): proto.INodeProto[] {
    return nodes.flatMap((node) => {
      if (++this.#nodes > MAX_NODES) {
        throw new OnnxError('limit', `The model's functions make more than ${MAX_NODES} nodes.`);
      }
      const key = keyOf(node.domain, node.opType);
      const called = this.#functions.get(key);
      if (!called) {
        for (const body of bodiesOf(node)) this.graph(body, callers);
        return [node];
      }
      if (callers.includes(key)) {
        throw new OnnxError('malformed', `The function "${called.name}" calls itself.`);
      }
      if (callers.length >= MAX_DEPTH) {
        throw new OnnxError('limit', `Functions call one another more than ${MAX_DEPTH} deep.`);
      }
      return this.#expand(this.#instance(called, node), [...callers, key]);
    });
  }

  /** A function's nodes for one call. */
  #instance(called: proto.IFunctionProto, call: proto.INodeProto): proto.INodeProto[] {
    const prefix = `${call.name || called.name}/${this.#calls++}/`;
    const names = new Map<string, string>();
    for (const [i, name] of (called.input ?? []).entries()) names.set(name, call.input?.[i] ?? '');
    const handedOn: proto.INodeProto[] = [];
    for (const [i, name] of (called.output ?? []).entries()) {
      const given = call.output?.[i];
      if (!given) continue;
      const source = names.get(name);
      if (source === undefined) names.set(name, given);
      else handedOn.push({ opType: 'Identity', input: [source], output: [given] });
    }
    const attributes = new Map((call.attribute ?? []).map((each) => [each.name ?? '', each]));
    const renaming: Renaming = {
      name: (name) => (name === '' ? '' : (names.get(name) ?? `${prefix}${name}`)),
      attribute: (name) => attributes.get(name),
    };
    return [...(called.node ?? []).map((node) => renamed(node, renaming)), ...handedOn];
  }
}

interface Renaming {
  name(name: string): string;
  /** The value that a call gives for an attribute of the function. */
  attribute(name: string): proto.IAttributeProto | undefined;
}

function renamed(node: proto.INodeProto, renaming: Renaming): proto.INodeProto {
  return {
    ...node,
    name: node.name ? renaming.name(node.name) : '',
    input: (node.input ?? []).map(renaming.name),
    output: (node.output ?? []).map(renaming.name),
    attribute: (node.attribute ?? []).flatMap((each) => {
      // An attribute that the call leaves out is left out of the node as well.
      const { refAttrName } = each;
      const value = refAttrName ? renaming.attribute(refAttrName) : each;
      if (!value) return [];
      if (refAttrName) return [{ ...value, name: each.name ?? '' }];
      return [withBodies(value, (graph) => renamedGraph(graph, renaming))];
    }),
  };
}

function renamedGraph(graph: proto.IGraphProto, renaming: Renaming): proto.IGraphProto {
  const named = <T extends { name?: string | null }>(list: readonly T[] | null | undefined): T[] =>
    (list ?? []).map((each) => ({ ...each, name: renaming.name(each.name ?? '') }));
  return {
    ...graph,
    input: named(graph.input),
    output: named(graph.output),
    valueInfo: named(graph.valueInfo),
    initializer: named(graph.initializer),
    node: (graph.node ?? []).map((node) => renamed(node, renaming)),
  };
}

function withBodies(
  attribute: proto.IAttributeProto,
  change: (graph: proto.IGraphProto) => proto.IGraphProto,
): proto.IAttributeProto {
  if (attribute.g) return { ...attribute, g: change(attribute.g) };
  return attribute.graphs?.length
    ? { ...attribute, graphs: attribute.graphs.map(change) }
    : attribute;
}

function bodiesOf(node: proto.INodeProto): proto.IGraphProto[] {
  return (node.attribute ?? []).flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])]);
}
