import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askChild } from '../../packages/cli/src/doctor/ask-child.ts';
import { nameOf } from './report/judge.ts';
import type { Ask, Question } from './report/questions.ts';
import type { Answers, Finding, Findings } from './report/report.ts';

const PROBE = fileURLToPath(new URL('probe.ts', import.meta.url));

type Reply = { readonly answer: Answers[Ask] } | { readonly fault: string };

export interface AskerOptions {
  /** Milliseconds for one answer. */
  readonly limit: number;
  /** By the clock of `performance.now()`: no question is asked after it. */
  readonly until: number;
  onAnswer(): void;
  /** The program that answers; this folder's by default. */
  readonly program?: string | undefined;
}

/** Asks questions, each in a process of its own, and keeps what came of them. */
export class Asker {
  readonly findings: { readonly [A in Ask]: Finding<A>[] } & Findings = {
    open: [],
    parity: [],
    auto: [],
    uses: [],
    memory: [],
    speed: [],
  };
  /** Questions for which no time was left. */
  readonly notAsked: string[] = [];
  readonly #options: AskerOptions;

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  /** @param jobs questions that are asked at a time */
  async askAll(jobs: number, questions: readonly Question[]): Promise<void> {
    const waiting = [...questions];
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await this.#ask(next);
    };
    await Promise.all(Array.from({ length: jobs }, work));
  }

  async #ask(question: Question): Promise<void> {
    const { limit, until, onAnswer, program = PROBE } = this.#options;
    const start = performance.now();
    if (start > until) {
      this.notAsked.push(nameOf(question));
      return;
    }
    const reply = await askChild<Reply>(program, JSON.stringify(question), {
      limit: Math.min(limit, Math.max(until - start, 1000)),
    });
    const came = 'answer' in reply ? reply.answer : { fault: `${reply.ended}: ${reply.lastWords}` };
    const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
    // Where it lay on this machine is nobody's business.
    const told = { ...question, model: basename(question.model) };
    const finding = { question: told, seconds, ...came };
    (this.findings[question.ask] as Finding<Ask>[]).push(finding as Finding<Ask>);
    const outcome = 'fault' in came ? came.fault : 'answered';
    process.stderr.write(`${nameOf(question)}: ${outcome} (${seconds} s)\n`);
    onAnswer();
  }
}
