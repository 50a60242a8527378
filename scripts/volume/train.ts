/**
 * Trains with the SETTINGS that are given as JSON, on what is prepared in the cache folder CACHE. After WARM steps it is ready;
 * then it makes as many steps as a line of its input says, answers with their milliseconds, and waits in between, so that
 * another process has the cores. Asked for none it stops, or trains to the end with `whole`, and tells of its last epoch. See
 * bench's participant.ts.
 */
import { readSync } from 'node:fs';
import { type TrainConfig, train } from '@latentkit/training';

const [cache = '', settings = '', warm = '', whole] = process.argv.slice(2);
process.env['LATENTKIT_CACHE'] = cache;
const say = (value: object) => console.log(JSON.stringify(value));
const controller = new AbortController();
let left = Number(warm);
let asked = 0;
let began = 0;

const { history } = await train(JSON.parse(settings) as TrainConfig, {
  signal: controller.signal,
  onEvent: ({ type }) => {
    if (type !== 'step' || --left > 0) return;
    say(asked === 0 ? { ready: true } : { ms: (performance.now() - began) / asked });
    asked = Number(readLine());
    left = asked || Number.POSITIVE_INFINITY;
    began = performance.now();
    if (asked === 0 && whole === undefined) controller.abort();
  },
});
if (asked > 0) {
  throw new Error('the run was over before its turns were: more pictures, or fewer turns');
}
say({ epochs: history.length, testLoss: history.at(-1)?.test.loss });

/** Waits for a line, and keeps this thread from the next step meanwhile; empty at the end. */
function readLine(): string {
  const byte = Buffer.alloc(1);
  let line = '';
  while (readSync(0, byte) > 0 && byte[0] !== 10) line += byte.toString('latin1');
  return line;
}
