import type { DeviceAttempt } from '@latentkit/node';
import type { Ask, QuestionOf } from './questions.ts';

/** How far a device is from what was expected; JSON has no NaN, so that `null` stands for it. */
export type Off = number | null;

/** The worst of an output over all batches. */
export interface ParityRow {
  readonly graph: string;
  readonly output: string;
  /** What went in: rows of the golden values, zeros, or the ends of what may be fed. */
  readonly fed: 'golden' | 'zeros' | 'extremes';
  readonly against: 'trainer' | 'cpu';
  /** In units of the largest number of a row where that is beyond ±1; of integers, the share that are others. */
  readonly off: Off;
  /** The batch that was furthest off. */
  readonly batch: number;
  readonly limit: number;
  /** Whether the device runs every node of the graph; otherwise some run on the CPU. */
  readonly wholly?: boolean | undefined;
}

export interface Use {
  readonly name: string;
  readonly off: Off;
  readonly limit: number;
  /** What it came to, in words. */
  readonly says: string;
}

export interface Memory {
  /** MiB of the process after each session was opened, run and closed. */
  readonly resident: readonly number[];
  /** MiB of the GPU in use by everybody, after the fifth and after the last; where nvidia-smi tells. */
  readonly gpu?: readonly [number, number] | undefined;
}

/** Milliseconds of each round, by the batch. */
export interface Speed {
  readonly what: 'embed' | 'decode' | 'encoder in one run';
  readonly batch: number;
  readonly milliseconds: readonly number[];
}

/** First and last number of a batch's embeddings: whether a peer computed the same. */
export interface Ends {
  readonly batch: number;
  readonly first: number;
  readonly last: number;
}

export interface Answers {
  readonly open: readonly DeviceAttempt[];
  readonly parity: readonly ParityRow[];
  /** The device that was chosen comes last. */
  readonly auto: readonly DeviceAttempt[];
  readonly uses: readonly Use[];
  readonly memory: Memory;
  readonly speed: { readonly speeds: readonly Speed[]; readonly ends: readonly Ends[] };
}

/** A question, of its model the name alone, and its answer or how it failed. */
export interface Finding<A extends Ask> {
  readonly question: QuestionOf<A>;
  readonly seconds: number;
  readonly answer?: Answers[A] | undefined;
  readonly fault?: string | undefined;
}

export type Findings = { readonly [A in Ask]: readonly Finding<A>[] };

export interface CommandRun {
  readonly command: string;
  readonly code: number | null;
  readonly output: string;
}

/** A model that PyTorch ran on the same machine. */
export interface Peer {
  readonly name: string;
  readonly model: string;
  readonly speeds: readonly (Ends & { readonly milliseconds: number })[];
}

export interface DevicesReport {
  readonly date: string;
  readonly machine: string;
  /** The GPU's name and driver, as the system tells them. */
  readonly gpu: string;
  readonly findings: Findings;
  readonly commands: readonly CommandRun[];
  readonly peers: readonly Peer[];
  /** Peers that could not take part, and why. */
  readonly absent: Readonly<Record<string, string>>;
  /** Questions for which no time was left. */
  readonly notAsked: readonly string[];
}
