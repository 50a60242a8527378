import { LatentkitError } from '@latentkit/core';
import type { Model, ValueInfo } from '@latentkit/onnx';
import { drawsOf } from '../checks/operators/random.ts';
import { nodesOf } from '../model/operators.ts';

/** Types that graphs take and give: items, latents, and indices of codes. */
const TYPES: readonly string[] = ['float32', 'int32'];

/**
 * Refuses what no run could mend, before one is tried: runs of such graphs fail as well, for reasons that hide these.
 *
 * @throws LatentkitError `invalid-data` that says what to export instead
 */
export function refuseUnfit({ graph }: Model, what: string): void {
  for (const info of graph.inputs) {
    if (!graph.initializers.has(info.name)) checkInput(info, what);
  }
  for (const { name, type } of graph.outputs) {
    if (type.kind === 'tensor' && !TYPES.includes(type.dtype))
      refuseType(what, 'gives', name, type.dtype);
  }
  for (const node of nodesOf(graph)) {
    const draws = drawsOf(node);
    if (draws === undefined) continue;
    refuse(
      `In the ${what} ${draws}, so that nothing it gives could be compared. Export it after model.eval(), and without ` +
        'the draw: of a posterior, the mean and log_var themselves.',
    );
  }
}

/**
 * Refuses an encoder that takes integers alone, by the names of its file: one of words, mostly.
 *
 * @throws LatentkitError `invalid-data`
 */
export function refuseIntegers({ graph }: Model): void {
  const fed = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const types = fed.map(({ type }) => (type.kind === 'tensor' ? type.dtype : ''));
  if (fed.length === 0 || !types.every((dtype) => INTEGERS.includes(dtype))) return;
  const names = fed.map(({ name }) => `'${name}'`).join(', ');
  refuse(
    `The encoder takes ${names} as ${[...new Set(types)].join(' and ')}: indices, such as those of words, and no pictures. ` +
      'Models of pictures can be adopted, which take them as float32; of a decoder of codes, name its encoder before it.',
  );
}

const INTEGERS: readonly string[] = ['int64', 'int32'];

function checkInput({ name, type }: ValueInfo, what: string): void {
  if (type.kind !== 'tensor') {
    refuse(`The ${what} takes a ${type.kind} as '${name}'. Export it so that it takes a tensor.`);
  }
  const isItem = what === 'encoder' && type.dtype !== 'float32';
  if (isItem || !TYPES.includes(type.dtype)) refuseType(what, 'takes', name, type.dtype);
  if (!type.shape || type.shape.length === 0) {
    const how = type.shape ? 'as a single number' : 'without a shape';
    refuse(
      `The ${what} takes '${name}' ${how}, so that nothing says how many numbers an item is, and in which order. Export ` +
        'it with the shape [batch, …], as torch.onnx.export does, or write it into the file: of Python, ' +
        'graph.input[0].type.tensor_type.shape.',
    );
  }
  const [, ...row] = type.shape;
  if (row.some((dim) => typeof dim !== 'number')) {
    const sizes = ['batch', ...row.map((dim) => dim ?? '?')].join(', ');
    refuse(
      `The ${what} takes '${name}' as [${sizes}], with open dimensions beside the batch. Export it for one size of ` +
        'items: of torch.onnx.export, dynamic_shapes (or dynamic_axes) with the first dimension alone.',
    );
  }
}

function refuseType(what: string, does: 'takes' | 'gives', name: string, dtype: string): never {
  refuse(
    `The ${what} ${does} '${name}' as ${dtype}; items and latents are of float32. ` +
      (/float|double/.test(dtype)
        ? 'Export it in float32: model.float() before torch.onnx.export.'
        : 'Export it so that it has them as float32; of a model that rescales pixels itself, adopt it with --range 0,255.'),
  );
}

function refuse(message: string): never {
  throw new LatentkitError('invalid-data', message);
}
