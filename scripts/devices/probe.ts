/** Answers one question in a process of its own; see askChild. */
import { auto } from './answers/auto.ts';
import { memory } from './answers/memory.ts';
import { open } from './answers/open.ts';
import { parity } from './answers/parity.ts';
import { speed } from './answers/speed.ts';
import { uses } from './answers/uses.ts';
import type { Question } from './report/questions.ts';

const question = JSON.parse(process.argv[2] as string) as Question;

async function answer(): Promise<unknown> {
  switch (question.ask) {
    case 'open':
      return open(question);
    case 'parity':
      return parity(question);
    case 'auto':
      return auto(question);
    case 'uses':
      return uses(question);
    case 'memory':
      return memory(question);
    case 'speed':
      return speed(question);
  }
}

const reply = await answer().then(
  (answer) => ({ answer }),
  (error: Error) => ({ fault: error.message }),
);
process.send?.(reply);
