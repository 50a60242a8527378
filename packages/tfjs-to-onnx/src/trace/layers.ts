import { layers } from '@tensorflow/tfjs-layers';
import { ExportError } from '../error.ts';
import { restore } from './restore.ts';

/** What is needed of a layer of tfjs-layers; its own types keep most of this private. */
export interface NamedLayer {
  name: string;
  getClassName?(): string;
  call(...args: unknown[]): unknown;
  /** The layers of a model, and those that a wrapper holds. */
  layers?: NamedLayer[];
  layer?: NamedLayer;
  forwardLayer?: NamedLayer;
  backwardLayer?: NamedLayer;
}

/**
 * Layers that draw sizes at random read the draw back into JavaScript, where no comparison of traces
 * can be sure to see it.
 */
export function refuseRandomLayer(layer: NamedLayer): void {
  const className = layer.getClassName?.();
  if (className !== 'RandomWidth') return;
  throw new ExportError(
    'unsupported',
    `The layer '${layer.name}' (${className}) draws a random size on every call, also at inference. Leave it out of what is exported: it belongs to the training data.`,
    { problems: [`${className} '${layer.name}': random on every call`] },
  );
}

/**
 * What a name that tfjs-layers made up begins with, or null for any other name. It makes them of the
 * class in snake case, the class itself, and a number that counts through the process: `dense_Dense7`.
 */
function madeUp(name: string): string | null {
  const [, base, className] = /^(\w+)_([A-Z][A-Za-z0-9]*?)\d+$/.exec(name) ?? [];
  if (base === undefined || className === undefined) return null;
  const snake = className
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
  return snake === base ? base : null;
}

/**
 * The names of layers in the graph: their own, but those that tfjs made up are numbered anew in order
 * of appearance (`dense`, `dense_1`), so that the same model has the same names in every process.
 */
export function layerNames(): (layer: { name: string }) => string {
  const names = new Map<object, string>();
  const taken = new Set<string>();
  return (layer) => {
    const known = names.get(layer);
    if (known !== undefined) return known;
    const base = madeUp(layer.name);
    let name = base ?? layer.name;
    for (let n = 1; base !== null && taken.has(name); n++) name = `${base}_${n}`;
    taken.add(name);
    names.set(layer, name);
    return name;
  };
}

/**
 * As `layerNames`, for the names of a model's inputs or outputs, none of them twice and none of `taken`.
 * Names that a person gave are kept before any is made up.
 */
export function stableNames(names: readonly string[], taken: readonly string[] = []): string[] {
  const wishes = names.map((name) => {
    const [, layer = name, suffix = ''] = /^(.*?)(_input)?$/s.exec(name) ?? [];
    const made = /^input\d+$/.test(layer) ? 'input' : madeUp(layer);
    return { name: made === null ? name : made + suffix, own: made === null };
  });
  const used = new Set(taken);
  const given = wishes.map(({ name, own }) => {
    if (!own || used.has(name)) return null;
    used.add(name);
    return name;
  });
  return wishes.map(({ name: wish }, i) => {
    const known = given[i];
    if (known !== null && known !== undefined) return known;
    let name = wish;
    for (let n = 1; used.has(name); n++) name = `${wish}_${n}`;
    used.add(name);
    return name;
  });
}

/**
 * Keeps `scopes` the stack of the layers that are being applied, and hands every layer's call to
 * `around`. `Layer.apply` covers layers that are called directly; models and wrappers call the `call`
 * of the layers that they hold, which is wrapped one by one.
 */
export function followLayers(
  scopes: string[],
  around: (layer: NamedLayer, args: unknown[], run: () => unknown) => unknown,
): () => void {
  const prototype = layers.Layer.prototype as unknown as {
    apply(this: NamedLayer, ...args: unknown[]): unknown;
  };
  const apply = prototype.apply;
  const nameOf = layerNames();
  const wrapped = new Map<NamedLayer, PropertyDescriptor | undefined>();
  const wrap = (layer: NamedLayer) => {
    if (wrapped.has(layer)) return;
    wrapped.set(layer, Object.getOwnPropertyDescriptor(layer, 'call'));
    const call = layer.call;
    layer.call = (...args) => {
      const name = nameOf(layer);
      const named = scopes.at(-1) === name;
      if (!named) scopes.push(name);
      try {
        return around(layer, args, () => call.apply(layer, args));
      } finally {
        if (!named) scopes.pop();
      }
    };
    const held = [layer.layer, layer.forwardLayer, layer.backwardLayer, ...(layer.layers ?? [])];
    for (const child of held) if (child !== undefined) wrap(child);
  };
  prototype.apply = function (...args) {
    wrap(this);
    scopes.push(nameOf(this));
    try {
      return apply.apply(this, args);
    } finally {
      scopes.pop();
    }
  };
  return () => {
    prototype.apply = apply;
    for (const [layer, own] of wrapped) restore(layer, 'call', own);
  };
}
