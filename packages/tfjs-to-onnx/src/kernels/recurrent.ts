import { attr } from '@latentkit/onnx';
import type { KernelTable, Lowering } from '../lower/call.ts';
import { reshape, transpose } from '../lower/shapes.ts';
import type { Value } from '../lower/value.ts';
import type { GraphWriter } from '../lower/writer.ts';
import type { Size } from '../trace/size.ts';

interface Cell {
  readonly opType: 'LSTM' | 'GRU' | 'RNN';
  /** Where ONNX's gates lie among those of tfjs. */
  readonly gates: readonly number[];
  /** The operator's activations, by the attributes that name them. */
  readonly activations: readonly ('activation' | 'recurrentActivation')[];
}

/** tfjs keeps i, f, c, o; ONNX i, o, f, c. Both keep a GRU's gates as z, r, h. */
const CELLS: Readonly<Record<string, Cell>> = {
  LSTM: {
    opType: 'LSTM',
    gates: [0, 3, 1, 2],
    activations: ['recurrentActivation', 'activation', 'activation'],
  },
  GRU: { opType: 'GRU', gates: [0, 1, 2], activations: ['recurrentActivation', 'activation'] },
  SimpleRNN: { opType: 'RNN', gates: [0], activations: ['activation'] },
};

/** ONNX's names, with their parameters where they have any. tfjs's hard sigmoid is 0.2x + 0.5. */
const ACTIVATIONS: Readonly<Record<string, { name: string; alpha?: number; beta?: number }>> = {
  tanh: { name: 'Tanh' },
  sigmoid: { name: 'Sigmoid' },
  hardSigmoid: { name: 'HardSigmoid', alpha: 0.2, beta: 0.5 },
  relu: { name: 'Relu' },
  linear: { name: 'Affine', alpha: 1, beta: 0 },
  softsign: { name: 'Softsign' },
  softplus: { name: 'Softplus' },
  elu: { name: 'Elu', alpha: 1 },
};

/** A recurrent layer as one operator: time before batch, gates stacked, one direction. */
const recurrent =
  (className: string): Lowering =>
  (call, g) => {
    const { opType, gates, activations } = CELLS[className] as Cell;
    const units = call.number('units');
    const x = call.input('x');
    const [batch, time] = x.shape as [Size, Size, Size];
    const steps = transpose(g, x, [1, 0, 2]);
    const used = activations.map((name) => {
      const activation = ACTIVATIONS[call.string(name)];
      if (activation === undefined)
        throw new Error(`The activation ${call.string(name)} is not mapped.`);
      return activation;
    });
    const [h, c] = [call.optional('h'), call.optional('c')];
    const state = (value: Value | null) =>
      value === null ? '' : reshape(value, [1, batch, units]);
    const inputs: (Value | string)[] = [
      call.boolean('goBackwards') ? backwards(g, steps) : steps,
      weights(g, call.input('kernel'), gates, units),
      weights(g, call.input('recurrentKernel'), gates, units),
      biases(g, call.optional('bias'), gates, units),
      '',
      state(h),
      ...(opType === 'LSTM' ? [state(c)] : []),
    ];
    while (inputs.at(-1) === '') inputs.pop();
    const alphas = used.flatMap(({ alpha }) => (alpha === undefined ? [] : [alpha]));
    const betas = used.flatMap(({ beta }) => (beta === undefined ? [] : [beta]));
    const names = g.nodes(opType, inputs, opType === 'LSTM' ? 3 : 2, {
      hidden_size: attr.int(units),
      activations: attr.strings(used.map(({ name }) => name)),
      activation_alpha: alphas.length > 0 ? attr.floats(alphas) : undefined,
      activation_beta: betas.length > 0 ? attr.floats(betas) : undefined,
    });
    const [all, ...last] = names as [string, ...string[]];
    const states = last.map((name) =>
      reshape(g.named(name, [1, batch, units], 'float32'), [batch, units]),
    );
    const output = call.boolean('returnSequences')
      ? sequence(g, all, [time, 1, batch, units])
      : (states[0] as Value);
    return [output, ...states].slice(0, call.outputs.length);
  };

/** [time, 1, batch, units] → [batch, time, units] */
function sequence(g: GraphWriter, name: string, shape: readonly Size[]): Value {
  const [time, , batch, units] = shape as [Size, Size, Size, Size];
  return transpose(g, reshape(g.named(name, shape, 'float32'), [time, batch, units]), [1, 0, 2]);
}

function backwards(g: GraphWriter, x: Value): Value {
  const back = g.int64s([-1]);
  const start = g.int64s([-Number.MAX_SAFE_INTEGER]);
  return g.op('Slice', [x, back, start, g.int64s([0]), back], x.shape, x.dtype);
}

/** The columns of all gates, gate by gate in ONNX's order. */
const order = (gates: readonly number[], units: number): number[] =>
  gates.flatMap((gate) => Array.from({ length: units }, (_, i) => gate * units + i));

const inOrder = (gates: readonly number[]) => gates.every((gate, i) => gate === i);

/** [inputs, gates·units] → [1, gates·units, inputs] */
function weights(g: GraphWriter, kernel: Value, gates: readonly number[], units: number): Value {
  const sorted = inOrder(gates)
    ? kernel
    : g.op('Gather', [kernel, g.int64s(order(gates, units))], kernel.shape, 'float32', {
        axis: attr.int(1),
      });
  const rows = transpose(g, sorted, [1, 0]);
  return reshape(rows, [1, ...rows.shape]);
}

/** The bias of the input, then that of the state, which tfjs does not have. */
function biases(
  g: GraphWriter,
  bias: Value | null,
  gates: readonly number[],
  units: number,
): Value | string {
  if (bias === null) return '';
  const size = gates.length * units;
  const sorted = inOrder(gates)
    ? bias
    : g.op('Gather', [bias, g.int64s(order(gates, units))], bias.shape, 'float32');
  const zeros = g.uniform(0, [size], 'float32');
  const both = g.op('Concat', [sorted, zeros], [2 * size], 'float32', { axis: attr.int(0) });
  return reshape(both, [1, 2 * size]);
}

/** Layers that are one operator in ONNX. */
export const recurrence: KernelTable = {
  'layer:GRU': recurrent('GRU'),
  'layer:LSTM': recurrent('LSTM'),
  'layer:SimpleRNN': recurrent('SimpleRNN'),
};
