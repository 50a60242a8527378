import type { BrowserKind, OpenBrowser } from '../browser/browser-kinds.ts';
import type { ConsumerOptions, ConsumerProject } from '../consumers/consumer-project.ts';

/** One way to use the packages, tried from their tarballs in a folder that has nothing else. */
export interface MatrixCase {
  readonly name: string;
  /** What stands in the same part of the table. */
  readonly group: string;
  /** What is done, for the table. */
  readonly does: string;
  /** What it is done with: names and exact versions. */
  readonly tools?: Readonly<Record<string, string>>;
  /** What of this machine it is done with, where another has another version. */
  readonly here?: () => string;
  /**
   * @throws Unavailable where this machine cannot do it; any other error is a failure
   */
  run(workshop: Workshop): Promise<void>;
}

/** What a case cannot be tried for: no failure, but told with its reason. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

export interface Workshop {
  /** A project with packages of ours and others; cases that ask for the same share it. */
  project(
    name: string,
    packages: readonly string[],
    options?: ConsumerOptions,
  ): Promise<ConsumerProject>;
  /** Chromium, where no other kind is asked for. */
  browser(kind?: BrowserKind): Promise<OpenBrowser>;
}

/** Ends a case unless there is no fault. */
export function expectNone(fault: string | undefined): void {
  if (fault !== undefined) throw new Error(fault);
}
