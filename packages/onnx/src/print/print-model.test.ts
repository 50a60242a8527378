import { expect, test } from '@jest/globals';
import { tensorFromArray } from '../tensor.ts';
import { sampleModels } from '../testing/sample-models.ts';
import { printModel } from './print-model.ts';

const print = (name: string) => printModel(sampleModels().get(name) as never);

test('a model as text', () => {
  expect(print('mlp')).toBe(`onnx ir 8, ai.onnx 17
producer latentkit
graph "mlp" {
  input x: float32[batch, 6]
  const w1: float32[6, 4] #d971de34
  const b1: float32[4] = [-0.20000000298023224, -0.10000000149011612, 0, 0.10000000149011612]
  const w2: float32[3, 4] #95ae4060
  fc1_out = Gemm(x, w1, b1)  # "fc1"
  Relu_out = Relu(fc1_out)  # "Relu"
  Gemm_out = Gemm(Relu_out, w2) {alpha=0.5, transB=1}  # "Gemm"
  Softmax_out = Softmax(Gemm_out) {axis=-1}  # "Softmax"
  y = Identity(Softmax_out)  # "Identity"
  output y: float32[batch, 3]
  output Relu_out: float32[batch, 4]
}
`);
});

test('notes, bodies, strings and unusual types have their lines', () => {
  expect(print('notes')).toContain('metadata "" = "empty key"\nmetadata "a" = "1"');
  expect(print('notes')).toContain('doc "A model.\\nIn two lines."');
  expect(
    print('branch'),
  ).toContain(`  If_out = If(c) {else_branch=graph "else", then_branch=graph "then"}  # "If"
    graph "else" {
      Neg_out = Neg(x)  # "Neg"
      output Neg_out: float32[batch, 2]
    }`);
  expect(print('strings')).toContain('const words: string[4] = ["", "Größe", "日本", "😀"]');
  expect(print('sequences')).toContain('output SequenceConstruct_out: sequence(float32)');
  expect(print('types')).toContain('const nothing: float32[0, 3] = []');
  expect(print('types')).toContain('const u64: uint64[2] = [0, 18446744073709551615]');
});

test('one changed weight changes one line', () => {
  const model = sampleModels().get('mlp') as never;
  const before = printModel(model).split('\n');
  const changed = sampleModels().get('mlp');
  const w1 = changed?.graph.initializers.get('w1');
  if (w1) w1.raw[0] = (w1.raw[0] ?? 0) ^ 1;
  const after = printModel(changed as never).split('\n');
  expect(after.filter((line, i) => line !== before[i])).toHaveLength(1);
  const strings = (last: string) => {
    const model = sampleModels().get('strings');
    const values = [...'abcdefgh', last];
    model?.graph.initializers.set('words', tensorFromArray('words', 'string', values, [9]));
    return printModel(model as never);
  };
  expect(strings('x')).not.toBe(strings('y'));
});
