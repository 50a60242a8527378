interface Edge {
  to: number;
  capacity: number;
  reverse: Edge;
}

/**
 * A network whose smallest cut is sought: vertex 0 is the source, vertex 1 the sink. Shortest
 * augmenting paths (Edmonds & Karp, 1972) are fast enough for graphs of some hundred vertices.
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
    for (let sent = this.#augment(); sent > 0; sent = this.#augment()) cost += sent;
    return { cost, sinkSide: this.#reachingSink() };
  }

  /** Sends what a shortest open path can take; 0 where there is none. */
  #augment(): number {
    const arrivals = new Map<number, Edge>();
    const queue = [CutNetwork.SOURCE];
    for (const vertex of queue) {
      for (const edge of this.#edges[vertex] ?? []) {
        if (edge.capacity === 0 || edge.to === CutNetwork.SOURCE || arrivals.has(edge.to)) continue;
        arrivals.set(edge.to, edge);
        queue.push(edge.to);
      }
      if (arrivals.has(CutNetwork.SINK)) break;
    }
    const path: Edge[] = [];
    for (let edge = arrivals.get(CutNetwork.SINK); edge; edge = arrivals.get(edge.reverse.to)) {
      path.push(edge);
    }
    if (path.length === 0) return 0;
    const sent = Math.min(...path.map((edge) => edge.capacity));
    for (const edge of path) {
      edge.capacity -= sent;
      edge.reverse.capacity += sent;
    }
    return sent;
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
