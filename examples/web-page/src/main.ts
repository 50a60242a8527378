import {
  drawTo,
  interpolateLatents,
  LatentkitError,
  loadAutoencoder,
  samplePrior,
} from '@latentkit/web';
import { latest } from './latest.ts';
import { createPen } from './pen.ts';
import { createSliders, mostUsed } from './sliders.ts';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const canvasOf = (id: string) => element<HTMLCanvasElement>(id);

const SAMPLES = 16;
const FRAMES = 8;
/** Points of an arc, in degrees from the right, clockwise. */
const arc = (x: number, y: number, radius: number, from: number, to: number) =>
  Array.from({ length: 25 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / 24) * Math.PI) / 180;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)] as const;
  });
/** A three, so that there is something to see. */
const FIRST_DRAWING = [...arc(132, 95, 42, -160, 90), ...arc(132, 184, 47, -90, 155)];

const status = element<HTMLOutputElement>('status');
const failed = (error: unknown) => {
  // The messages of the library say what to do.
  status.value = LatentkitError.isInstance(error) ? error.message : String(error);
  status.dataset['failed'] = 'true';
};

async function start(): Promise<void> {
  const vae = await loadAutoencoder('mnist-vae', {
    latent: 'gaussian',
    onProgress: ({ loaded, total }) => {
      status.value = `Loading the model: ${Math.round((100 * loaded) / (total ?? loaded))} %`;
    },
  });
  const { card } = vae;
  const { size } = card.latent;
  /** What is said while all goes well. */
  const well = () => {
    status.value = `${card.name} runs on ${vae.device.name}, in this page alone.`;
    delete status.dataset['failed'];
  };
  well();
  const latestOf = (work: () => Promise<void>) => latest(() => work().then(well), failed);

  /** The code of the drawing, and what the sliders add to it. */
  let mean = new Float32Array(size);
  let code = new Float32Array(size);
  let samples = new Float32Array(SAMPLES * size);
  let chosen = 0;

  const show = async () => {
    const sample = samples.subarray(chosen * size, (chosen + 1) * size);
    const path = interpolateLatents(code, sample, { steps: FRAMES, path: 'slerp' });
    const decoded = await vae.decoder.decode(path);
    drawTo(canvasOf('path'), decoded.mean, card);
    const pixels = decoded.mean.data.subarray(0, decoded.mean.data.length / FRAMES);
    drawTo(canvasOf('reconstruction'), pixels, card);
  };
  const showLatest = latestOf(show);

  const encode = async () => {
    // The canvas itself is a picture to the encoder, which brings it to 28 × 28 as the model's card says.
    const latent = await vae.encoder.encode(canvasOf('drawing'));
    mean = latent.mean.data as Float32Array<ArrayBuffer>;
    code = mean.slice();
    sliders.set(code);
    await show();
  };
  const encodeLatest = latestOf(encode);

  const drawSamples = async () => {
    const seed = element<HTMLInputElement>('seed').valueAsNumber || 0;
    const temperature = element<HTMLInputElement>('temperature').valueAsNumber;
    samples = samplePrior(SAMPLES, size, { seed, temperature }).data as Float32Array<ArrayBuffer>;
    const { mean: digits } = await vae.decoder.decode(samples);
    const each = digits.data.length / SAMPLES;
    for (let i = 0; i < SAMPLES; i++) {
      drawTo(canvasOf(`sample-${i}`), digits.data.subarray(i * each, (i + 1) * each), card);
    }
    await show();
  };
  const samplesLatest = latestOf(drawSamples);

  const pen = createPen(
    canvasOf('drawing'),
    { surface: element('surface'), cursor: element('cursor') },
    encodeLatest,
  );
  const sliders = createSliders(element('sliders'), (dimension, value) => {
    code[dimension] = value;
    showLatest();
  });

  const buttons = Array.from({ length: SAMPLES }, (_, i) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.innerHTML = `<canvas id="sample-${i}" class="ink" width="28" height="28"></canvas>`;
    button.setAttribute('aria-label', `Sample ${i + 1}`);
    button.addEventListener('click', () => choose(i));
    return button;
  });
  element('samples').replaceChildren(...buttons);
  const choose = (i: number) => {
    chosen = i;
    for (const [j, button] of buttons.entries()) {
      button.setAttribute('aria-pressed', String(i === j));
    }
    showLatest();
  };

  element('clear').addEventListener('click', () => {
    pen.clear();
    encodeLatest();
  });
  element('reset').addEventListener('click', () => {
    code = mean.slice();
    sliders.set(code);
    showLatest();
  });
  element('more').addEventListener('click', () => {
    element<HTMLInputElement>('seed').stepUp();
    samplesLatest();
  });
  for (const id of ['seed', 'temperature']) element(id).addEventListener('input', samplesLatest);

  // What a person may draw with has to be known before: which dimensions the model uses, by samples of its own.
  await drawSamples();
  const digits = await vae.decoder.decode(samples);
  const { mean: means, logVar } = await vae.encoder.encode(digits.mean);
  sliders.make(mostUsed(means.data, logVar.data, size));
  choose(0);
  pen.draw(FIRST_DRAWING);
  await encode();
  document.body.dataset['ready'] = 'true';
}

start().catch(failed);
