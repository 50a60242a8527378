import { attrInts, type Node, type Pass, type PassContext } from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { sizes } from './match.ts';

/** tfjs adds the bias of a transposed convolution in an operation of its own, which reads and writes the whole result. */
export const biasOfTransposedConvolution: Pass = {
  name: 'bias-of-transposed-convolution',
  summary: 'Add of a bias behind ConvTranspose becomes its third operand.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) if (fold(node, context)) rewrites++;
    return rewrites;
  },
};

function fold(add: Node, context: PassContext): boolean {
  const { view } = context;
  if (!isOp(add, 'Add')) return false;
  const [result, row] = add.inputs as [string, string];
  const found = transposedConvolution(result, context);
  const reshape = view.producer(row);
  if (!found || !isOp(reshape, 'Reshape')) return false;
  const { convolution, axis } = found;
  const channels = sizes(context, result)?.[axis];
  const bias = reshape.inputs[0] as string;
  const shape = sizes(context, result)?.map((size, i) => (i === axis ? size : 1));
  if (String(sizes(context, bias)) !== String(channels)) return false;
  if (String(sizes(context, row)) !== String(shape)) return false;
  if (!view.bypass(add, result)) return false;
  view.setInputs(convolution, [...convolution.inputs.slice(0, 2), bias]);
  return true;
}

/** The convolution without a bias whose result a value is, for one reader, and the axis of its channels. */
function transposedConvolution(result: string, { view }: PassContext) {
  const producer = view.producer(result);
  if (!view.soleConsumer(result)) return undefined;
  if (isOp(producer, 'Transpose')) {
    const before = producer.inputs[0] as string;
    const convolution = view.producer(before);
    const axis = attrInts(producer, 'perm')?.indexOf(1);
    if (!isBare(convolution) || axis === undefined || !view.soleConsumer(before)) return undefined;
    return { convolution, axis };
  }
  return isBare(producer) ? { convolution: producer, axis: 1 } : undefined;
}

function isBare(node: Node | undefined): node is Node {
  return isOp(node, 'ConvTranspose') && !node.inputs[2];
}
