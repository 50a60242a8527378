import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { type FuzzCase, modelCases } from './cases.ts';
import type { Verdict } from './judge.ts';

const ROOT = resolve(__dirname, '../..');
const MILLISECONDS = 2000;
const MEBIBYTES = 512;
/** A case that takes longer than the limit is judged again, for the machine may have been busy. */
const TRIALS = 3;

/** The process that judges, started anew after a case that killed it or never ended. */
export class Judge {
  readonly #patience: number;
  #child: ChildProcess | undefined;
  /** What the process holds before it has judged anything. */
  #base = 0;

  /** @param patience milliseconds after which a case counts as one that never ends */
  constructor(patience = 30_000) {
    this.#patience = patience;
  }

  async judge(each: FuzzCase): Promise<Verdict & { growth: number }> {
    const child = this.#child ?? (await this.#start());
    child.send(each);
    const verdict = await this.#answer(child);
    return { ...verdict, growth: verdict.peak - this.#base };
  }

  /** What is wrong with a case, with its bytes, so that it can be made a test of its own; undefined where nothing is. */
  async fault(each: FuzzCase): Promise<string | undefined> {
    let verdict = await this.judge(each);
    for (let i = 1; i < TRIALS && verdict.milliseconds > MILLISECONDS; i++) {
      const again = await this.judge(each);
      if (again.milliseconds < verdict.milliseconds) verdict = again;
    }
    const { outcome, milliseconds, growth } = verdict;
    const wrong = [
      ...(outcome === 'typed' || outcome === 'right' ? [] : [outcome]),
      ...(milliseconds > MILLISECONDS ? [`${milliseconds} ms`] : []),
      ...(growth > MEBIBYTES ? [`${growth} MiB`] : []),
    ];
    // The peak of a process does not come down again.
    if (growth > MEBIBYTES) this.stop();
    const bytes = Buffer.from(each.bytes).toString('base64').slice(0, 2000);
    return wrong.length === 0 ? undefined : `${wrong.join('; ')}\n${bytes}`;
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  async #start(): Promise<ChildProcess> {
    const child = fork(join(__dirname, 'judge.ts'), {
      execArgv: ['--import', 'tsx', '--conditions=latentkit-source', '--max-old-space-size=512'],
      serialization: 'advanced',
      // What it says as it dies goes nowhere: jest takes 'heap out of memory' on its own stderr for its own death.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      cwd: ROOT,
    });
    this.#child = child;
    await once(child, 'message');
    const relu = modelCases(1, 0)[0] as FuzzCase;
    child.send(relu);
    this.#base = (await this.#answer(child)).peak;
    return child;
  }

  async #answer(child: ChildProcess): Promise<Verdict> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), this.#patience);
    const exit = once(child, 'exit', { signal: stop.signal }).then(([code, signal]) => [
      { outcome: `the process ended: ${code ?? signal}`, milliseconds: 0, peak: 0 },
    ]);
    try {
      const answer = once(child, 'message', { signal: stop.signal });
      const [verdict] = await Promise.race([answer, exit]);
      if ((verdict as Verdict).peak === 0) this.stop();
      return verdict as Verdict;
    } catch {
      this.stop();
      return { outcome: 'never ends', milliseconds: Infinity, peak: 0 };
    } finally {
      clearTimeout(timer);
      exit.catch(() => {});
      stop.abort();
    }
  }
}
