import { describe, expect, test } from '@jest/globals';
import { integer, seeded } from '../../testing/run-passes.ts';
import { CutNetwork } from './minimum-cut.ts';

describe('CutNetwork', () => {
  test('cuts where the least is lost, and names the side', () => {
    const network = new CutNetwork();
    const [a, b] = [network.addVertex(), network.addVertex()];
    network.addEdge(CutNetwork.SOURCE, a, 3);
    network.addEdge(a, b, 1);
    network.addEdge(b, CutNetwork.SINK, 2);
    expect(network.solve()).toEqual({ cost: 1, sinkSide: new Set([CutNetwork.SINK, b]) });
  });

  test('keeps the sink side as small as it can be', () => {
    const network = new CutNetwork();
    const [a, b] = [network.addVertex(), network.addVertex()];
    network.addEdge(CutNetwork.SOURCE, a, 1);
    network.addEdge(a, b, 1);
    network.addEdge(b, CutNetwork.SINK, 1);
    expect(network.solve()).toEqual({ cost: 1, sinkSide: new Set([CutNetwork.SINK]) });
  });

  test('finds what trying all cuts finds', () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = seeded(seed);
      const network = new CutNetwork();
      const vertices = [CutNetwork.SOURCE, CutNetwork.SINK];
      for (let i = 0; i < 5; i++) vertices.push(network.addVertex());
      const edges: [number, number, number][] = [];
      for (let i = 0; i < 14; i++) {
        const edge: [number, number, number] = [
          integer(random, 0, 6),
          integer(random, 0, 6),
          integer(random, 1, 3),
        ];
        edges.push(edge);
        network.addEdge(...edge);
      }
      const cut = (side: (vertex: number) => boolean) =>
        edges.reduce(
          (sum, [from, to, capacity]) => (!side(from) && side(to) ? sum + capacity : sum),
          0,
        );
      let best = Number.POSITIVE_INFINITY;
      for (let mask = 0; mask < 32; mask++) {
        best = Math.min(
          best,
          cut((v) => v === 1 || (v > 1 && ((mask >> (v - 2)) & 1) === 1)),
        );
      }
      const { cost, sinkSide } = network.solve();
      expect(cost).toBe(best);
      expect(cut((vertex) => sinkSide.has(vertex))).toBe(best);
    }
  });
});
