interface Edge {
  to: number;
  capacity: number;
  reverse: Edge;
}

/**
 * A network whose smallest cut is sought: vertex 0 is the source, vertex 1 the sink. Blocking
 * flows (Dinitz, 1970): a few sweeps over the edges for networks as shallow as these.
 */
export class CutNetwork {
  static readonly SOURCE = 0;
  static readonly SINK = 1;
  readonly #edges: Edge[][] = [[], []];

  addVertex(): number {
    return this.#edges.push([]) - 1;
  }

  addEdge(from: number, to: number, capacity: number): void {
    const edge = { to, capacity } as Edge;
    const reverse = { to: from, capacity: 0 } as Edge;
    edge.reverse = reverse;
    reverse.reverse = edge;
    this.#edges[from]?.push(edge);
    this.#edges[to]?.push(reverse);
  }

  /** The capacity of the smallest cut, and the vertices on the sink's side of it: as few as can be. */
  solve(): { cost: number; sinkSide: Set<number> } {
    let cost = 0;
    for (let levels = this.#levels(); levels; levels = this.#levels()) cost += this.#block(levels);
    return { cost, sinkSide: this.#reachingSink() };
  }

  /** Each vertex's distance from the source along open edges; undefined where the sink is out of reach. */
  #levels(): Int32Array | undefined {
    const levels = new Int32Array(this.#edges.length).fill(-1);
    levels[CutNetwork.SOURCE] = 0;
    const queue: number[] = [CutNetwork.SOURCE];
    for (const vertex of queue) {
      for (const { to, capacity } of this.#edges[vertex] as Edge[]) {
        if (capacity === 0 || levels[to] !== -1) continue;
        levels[to] = (levels[vertex] as number) + 1;
        queue.push(to);
      }
    }
    return levels[CutNetwork.SINK] === -1 ? undefined : levels;
  }

  /** Sends all that shortest paths can take; walks with a stack, for chains are longer than the call stack. */
  #block(levels: Int32Array): number {
    const next = new Int32Array(this.#edges.length);
    const path: Edge[] = [];
    let total = 0;
    for (;;) {
      const vertex = path.at(-1)?.to ?? CutNetwork.SOURCE;
      if (vertex === CutNetwork.SINK) {
        const sent = path.reduce((least, { capacity }) => Math.min(least, capacity), Infinity);
        for (const edge of path) {
          edge.capacity -= sent;
          edge.reverse.capacity += sent;
        }
        total += sent;
        path.length = path.findIndex(({ capacity }) => capacity === 0);
        continue;
      }
      const edge = this.#edges[vertex]?.[next[vertex] as number];
      if (edge === undefined) {
        if (path.length === 0) return total;
        // Nothing leads on from here: the edge that came here is not tried again.
        const { reverse } = path.pop() as Edge;
        next[reverse.to] = (next[reverse.to] as number) + 1;
      } else if (edge.capacity > 0 && levels[edge.to] === (levels[vertex] as number) + 1) {
        path.push(edge);
      } else next[vertex] = (next[vertex] as number) + 1;
    }
  }

  #reachingSink(): Set<number> {
    const reaching = new Set([CutNetwork.SINK]);
    for (const vertex of reaching) {
      for (const { to, reverse } of this.#edges[vertex] ?? [])
        if (reverse.capacity > 0) reaching.add(to);
    }
    return reaching;
  }
}
