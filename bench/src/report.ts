/** Smallest, middle and largest of a participant's measurements. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface Row {
  readonly case: string;
  /** What a number counts: less is better, unless it says so. */
  readonly unit: string;
  readonly ours: Spread;
  readonly peers: Readonly<Record<string, Spread>>;
  /** Ours by the peer's, taken pair by pair, median: below 1, ours is better where less is. */
  readonly ratio: Readonly<Record<string, number>>;
}

/** What `--json` prints. */
export interface Report {
  readonly name: string;
  readonly machine: string;
  readonly rows: readonly Row[];
  /** Peers that could not take part, and why. */
  readonly absent?: Readonly<Record<string, string>>;
}

/** Measurements of each participant, one a round; those of a round belong together. */
export type Measurements = ReadonlyMap<string, readonly number[]>;

export function row(name: string, unit: string, ours: string, measurements: Measurements): Row {
  const own = measurements.get(ours) as readonly number[];
  const others = [...measurements].filter(([participant]) => participant !== ours);
  const ratios = ([peer, values]: [string, readonly number[]]) => {
    const pairs = values.map((value, round) => (own[round] as number) / value);
    return [peer, Number(median(pairs).toFixed(3))] as const;
  };
  return {
    case: name,
    unit,
    ours: spread(own),
    peers: Object.fromEntries(others.map(([peer, values]) => [peer, spread(values)])),
    ratio: Object.fromEntries(others.map(ratios)),
  };
}

export function spread(values: readonly number[]): Spread {
  const round = (value: number) => Number(value.toPrecision(4));
  return {
    min: round(Math.min(...values)),
    median: round(median(values)),
    max: round(Math.max(...values)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The report as a table for people. */
export function printReport({ name, machine, rows, absent = {} }: Report): string {
  const lines = [`${name} on ${machine}`, ''];
  for (const { case: title, unit, ours, peers, ratio } of rows) {
    lines.push(`${title} [${unit}: median (min … max)]`);
    const entry = (who: string, { min, median, max }: Spread, end = '') =>
      lines.push(`  ${who.padEnd(18)} ${median} (${min} … ${max})${end}`);
    entry('ours', ours);
    for (const [peer, values] of Object.entries(peers)) {
      entry(peer, values, `   ours / ${peer} = ${ratio[peer]}`);
    }
    lines.push('');
  }
  for (const [peer, reason] of Object.entries(absent)) lines.push(`absent: ${peer}: ${reason}`);
  return lines.join('\n');
}
