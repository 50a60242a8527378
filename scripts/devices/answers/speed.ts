import {
  type Autoencoder,
  createRunner,
  type Encoder,
  loadAutoencoder,
  loadCard,
  loadEncoder,
  loadGraphs,
  sizeOf,
  tensor,
} from '@latentkit/node';
import type { QuestionOf } from '../report/questions.ts';
import type { Answers, Ends, Speed } from '../report/report.ts';
import { ordinaryItems } from './feeds.ts';

/** Calls at least before those that count: kernels are compiled, and pieces find their size. */
const WARM_UP = 3;

/** How long a round lasts at least, and the warming up before the first. */
const ROUND_MS = 80;

/** How long a model takes on a device, by batches: the library's calls, and the encoder's graph in one run. */
export async function speed(question: QuestionOf<'speed'>): Promise<Answers['speed']> {
  const { device, model, batches, rounds } = question;
  const card = await loadCard(model);
  const options = { device, strict: true };
  const whole = card.graphs.decoder ? await loadAutoencoder(model, options) : undefined;
  const encoder = whole?.encoder ?? (await loadEncoder(model, options));
  const speeds: Speed[] = [];
  const ends: Ends[] = [];
  try {
    for (const batch of batches) {
      const time = async (what: Speed['what'], work: () => Promise<unknown>) =>
        speeds.push({ what, batch, milliseconds: await timed(rounds, work) });
      const items = ordinaryItems(batch, sizeOf(card.item.shape));
      const condition = card.condition?.labels[0];
      await time('embed', () => encoder.embed(items, { condition }));
      const latents = await encoder.embed(items, { condition });
      const { data } = latents;
      ends.push({ batch, first: data[0] as number, last: data.at(-1) as number });
      if (whole) await time('decode', () => whole.decoder.decode(latents, { condition }));
    }
  } finally {
    await close(whole, encoder);
  }
  return { speeds: [...speeds, ...(await inOneRun(question))], ends };
}

const close = (whole: Autoencoder | undefined, encoder: Encoder) => (whole ?? encoder).dispose();

/** Without the pieces that a call is cut into, so that an abort and the event loop wait for one of them. */
async function inOneRun({ device, model, batches, rounds }: QuestionOf<'speed'>): Promise<Speed[]> {
  const { graphs } = await loadGraphs(model);
  const runner = await createRunner(graphs.encoder as Uint8Array, { device });
  try {
    const [input] = runner.inputs;
    if (runner.inputs.length !== 1 || !input) return [];
    const [, ...row] = input.shape as number[];
    const speeds: Speed[] = [];
    for (const batch of batches) {
      const dims = [batch, ...row];
      const feeds = { [input.name]: tensor(ordinaryItems(batch, sizeOf(row)), dims) };
      const milliseconds = await timed(rounds, () => runner.run(feeds));
      speeds.push({ what: 'encoder in one run', batch, milliseconds });
    }
    return speeds;
  } finally {
    await runner.dispose();
  }
}

/** Milliseconds that a call takes, by rounds of as many calls one after the other as fill a while. */
async function timed(rounds: number, work: () => Promise<unknown>): Promise<number[]> {
  const calls = async (least: number) => {
    const start = performance.now();
    let count = 0;
    for (; count < least || performance.now() - start < ROUND_MS; count++) await work();
    return (performance.now() - start) / count;
  };
  await calls(WARM_UP);
  const milliseconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    milliseconds.push(Number((await calls(1)).toPrecision(4)));
  }
  return milliseconds;
}
