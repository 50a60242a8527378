/**
 * Ends processes, loads and models at random moments, many times:
 *
 *   npm run build && npm run trials -w @latentkit/node [-- TRIALS [MODEL]]
 *
 * Each trial is a process of its own, with threads inside ONNX Runtime when its end comes. Prints a
 * table of what became of 200 trials (TRIALS) of each kind, and exits with 1 if one crashed, hung or
 * ended otherwise than it should.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const TRIALS = Number(process.argv[2] ?? 200);
const MODEL =
  process.argv[3] ?? fileURLToPath(new URL('../../../models/mnist-vae', import.meta.url));
const PACKAGE = new URL('../dist/index.mjs', import.meta.url).href;
/** A trial takes a second or so; one that takes this long hangs. */
const HANGS_MS = 30_000;

const PRELUDE = (execution) => `
  const { loadAutoencoder } = await import(${JSON.stringify(PACKAGE)});
  const load = (options) =>
    loadAutoencoder(${JSON.stringify(MODEL)}, { device: 'cpu', execution: '${execution}', ...options });
  const after = (ms, act) => setTimeout(act, ms * Math.random());
  const { card, ...vae } = await load().then((it) => ({ card: it.card, it }));
  const size = card.item.shape.reduce((a, b) => a * b);
  const embed = (items) => vae.it.encoder.embed(new Float32Array(size * items));
`;
const FOREVER = 'for (;;) await embed(2000);';

/** What happens, and the exit code that it should have. */
const KINDS = {
  'process.exit during runs': [`after(80, () => process.exit(0)); ${FOREVER}`, 0],
  'SIGTERM with a handler': [
    `process.on('SIGTERM', () => process.exit(0));
     after(80, () => process.kill(process.pid, 'SIGTERM')); ${FOREVER}`,
    0,
  ],
  'SIGINT with a handler': [
    `process.on('SIGINT', () => process.exit(0));
     after(80, () => process.kill(process.pid, 'SIGINT')); ${FOREVER}`,
    0,
  ],
  'an error that nobody catches': [
    `after(80, () => { throw new Error('on purpose'); }); ${FOREVER}`,
    1,
  ],
  'end of the script, runs not awaited': ['for (let i = 0; i < 4; i++) void embed(500);', 0],
  'process.exit during a load': ['after(60, () => process.exit(0)); for (;;) await load();', 0],
  'abort of loads': [
    `for (let i = 0; i < 5; i++) {
       const controller = new AbortController();
       after(60, () => controller.abort());
       const loaded = await load({ signal: controller.signal }).catch((error) => {
         if (error.code !== 'aborted') throw error;
       });
       await loaded?.dispose();
     }`,
    0,
  ],
  'abort of runs': [
    `const controller = new AbortController();
     after(60, () => controller.abort());
     const runs = Array.from({ length: 8 }, () =>
       vae.it.encoder.embed(new Float32Array(size * 5000), { signal: controller.signal }));
     for (const { reason } of await Promise.allSettled(runs)) {
       if (reason && reason.code !== 'aborted') throw reason;
     }`,
    0,
  ],
  'dispose during runs': [
    `const runs = Array.from({ length: 4 }, () => embed(1000));
     await new Promise((done) => after(20, done));
     await vae.it.dispose();
     await Promise.all(runs);`,
    0,
  ],
};

function trial(source) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: 'ignore',
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), HANGS_MS);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(signal === 'SIGKILL' ? 'hung' : (code ?? signal));
    });
  });
}

async function trials(source, count) {
  const outcomes = {};
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const outcome = await trial(source);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return outcomes;
}

let sound = true;
console.log(`| trial | execution | of ${TRIALS} as it should be | others |`);
console.log('|---|---|---|---|');
for (const [kind, [source, wanted]] of Object.entries(KINDS)) {
  for (const execution of ['inline', 'worker']) {
    const { [wanted]: right = 0, ...others } = await trials(PRELUDE(execution) + source, TRIALS);
    sound &&= right === TRIALS;
    const told = Object.entries(others).map(([outcome, count]) => `${count} × ${outcome}`);
    console.log(`| ${kind} | ${execution} | ${right} | ${told.join(', ') || 'none'} |`);
  }
}
process.exitCode = sound ? 0 : 1;
