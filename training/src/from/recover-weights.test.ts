import { beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import type { Model } from '@latentkit/onnx';
import { openPlainTfjs } from '../engines/open-plain-tfjs.ts';
import type { FamilyModel } from '../families/family.ts';
import { FAMILIES } from '../families/testing.ts';
import { assign } from '../families/variables.ts';
import { exportGraph } from '../graphs/export-graph.ts';
import { codeOf } from '../testing.ts';
import { recoverWeights } from './recover-weights.ts';

beforeAll(openPlainTfjs);

async function graphsOf(model: FamilyModel): Promise<Map<string, Model>> {
  const graphs = new Map<string, Model>();
  for (const graph of model.graphs) {
    graphs.set(graph.name, (await exportGraph(graph, { verify: false })).model);
  }
  return graphs;
}

/** In no graph: what training keeps a codebook up by, a learned scale, which is on the card, and pseudo-inputs. */
const isKept = ({ name }: { name: string }) =>
  !/^(codebook\/(counts|sums)$|likelihood\/|prior\/pseudo_inputs$)/.test(name);

describe.each(Object.keys(FAMILIES))('%s', (family) => {
  test('every number comes back, or was hidden by a mask', async () => {
    const build = FAMILIES[family] as () => FamilyModel;
    const model = build();
    const random = createRandom(9);
    const folded = !/conv|resnet|vq/.test(family);
    const given = new Map<string, Float32Array>();
    const variables = [...model.weights, ...model.buffers].filter(isKept);
    for (const { name, variable } of variables) {
      const values = random.fillNormal(new Float32Array(variable.size), 0.3);
      // A mean that the export takes into a bias is in no graph.
      if (folded && name.endsWith('/centre/mean')) values.fill(0);
      given.set(name, values);
      assign(variable, values);
    }
    const graphs = await graphsOf(model);
    const wanted = variables.filter(({ name }) => !folded || !name.endsWith('/centre/mean'));
    // Another one, made later in the process: its constants have other names.
    const other = build();
    const others = new Set(wanted.map(({ name }) => name));
    const asked = [...other.weights, ...other.buffers].filter(({ name }) => others.has(name));
    const found = await recoverWeights(other, asked, graphs);
    expect([...found.keys()].sort()).toEqual(wanted.map(({ name }) => name).sort());
    for (const [name, values] of found) {
      const expected = given.get(name) as Float32Array;
      const masked = /^(flow\/\d+\/(input|shift|gate)|prior\/(first|hidden_\d+))\/kernel$/.test(
        name,
      );
      const wrong = values.filter((value, i) => {
        const off = Math.abs(value - (expected[i] as number)) > 3e-7;
        return off && !(masked && value === 0);
      });
      expect({ name, wrong: [...wrong] }).toEqual({ name, wrong: [] });
      expect(values.some((value) => value !== 0)).toBe(true);
    }
    model.dispose();
    other.dispose();
  });
});

test.each(Object.keys(FAMILIES))(
  'of a %s comes back what the export made single numbers of',
  async (family) => {
    const build = FAMILIES[family] as () => FamilyModel;
    const [model, other] = [build(), build()];
    const random = createRandom(9);
    const variables = [...model.weights, ...model.buffers].filter(isKept);
    const given = new Map<string, number>();
    for (const [i, { name, variable }] of variables.entries()) {
      const values = random.fillNormal(new Float32Array(variable.size), 0.3);
      if (/^(?!prior).*\/(bias|centre\/mean)$/.test(name)) {
        // 0.5 is a number of some graphs' own.
        const value = name.endsWith('/mean') ? 0.5 : Math.fround(0.1 + i / 64);
        given.set(name, value);
        values.fill(value);
      }
      assign(variable, values);
    }
    const asked = [...other.weights, ...other.buffers].filter(isKept);
    const found = await recoverWeights(other, asked, await graphsOf(model));
    expect([...found.keys()].sort()).toEqual(variables.map(({ name }) => name).sort());
    for (const [name, value] of given) {
      const wrong = found.get(name)?.filter((each) => Math.abs(each - value) > 3e-7);
      expect({ name, wrong: [...(wrong ?? [Number.NaN])] }).toEqual({ name, wrong: [] });
    }
    model.dispose();
    other.dispose();
  },
);

test.each(['vae', 'conv vae', 'resnet vae', 'cvae, conv'])(
  'of a %s they come back from graphs of earlier versions, which do not cut ln σ² off',
  async (family) => {
    const build = FAMILIES[family] as () => FamilyModel;
    const [model, other] = [build(), build()];
    const random = createRandom(9);
    for (const { variable } of [...model.weights, ...model.buffers]) {
      assign(variable, random.fillNormal(new Float32Array(variable.size), 0.3));
    }
    const graphs = await graphsOf(model);
    const earlier = new Map(graphs).set('encoder', withoutCut(graphs.get('encoder') as Model));
    const asked = () =>
      [...other.weights, ...other.buffers].filter(
        (named) => isKept(named) && !named.name.endsWith('/centre/mean'),
      );
    const found = await recoverWeights(other, asked(), graphs);
    expect(await recoverWeights(other, asked(), earlier)).toEqual(found);
    model.dispose();
    other.dispose();
  },
);

/** The encoder as it was exported before its ln σ² was cut off. */
function withoutCut(encoder: Model): Model {
  const { nodes } = encoder.graph;
  const cut = nodes.find(({ outputs }) => outputs[0] === 'log_var');
  expect(cut?.opType).toBe('Clip');
  const whole = nodes
    .filter((node) => node !== cut)
    .map((node) => (node.outputs[0] === cut?.inputs[0] ? { ...node, outputs: ['log_var'] } : node));
  return { ...encoder, graph: { ...encoder.graph, nodes: whole } };
}

test('weights of another size are missed by name', async () => {
  const [small, ladder] = ['vae', 'ladder'].map((name) => (FAMILIES[name] as () => FamilyModel)());
  const graphs = await graphsOf(small as FamilyModel);
  const { weights } = ladder as FamilyModel;
  expect(await codeOf(() => recoverWeights(ladder as FamilyModel, weights, graphs))).toBe(
    'invalid-data',
  );
});
