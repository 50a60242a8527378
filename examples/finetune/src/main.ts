import {
  ArgumentError,
  drawTo,
  LatentkitError,
  type ModelCard,
  parseCard,
  readImages,
} from '@latentkit/web';
import { zipSync } from 'fflate';
import { createPen } from '../../web-page/src/pen.ts';
import { type FromWorker, ITEM, type ToWorker } from './messages.ts';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const canvasOf = (id: string) => element<HTMLCanvasElement>(id);

const MODEL = new URL('mnist-vae', document.baseURI).href;
const NAME = 'mnist-vae-finetuned';
const device = new URLSearchParams(location.search).get('device') === 'webgpu' ? 'webgpu' : 'wasm';
/** A few are enough, and trained on in seconds. */
const MOST = 12;
const COLUMNS = 8;

const status = element<HTMLOutputElement>('status');
const progress = element<HTMLProgressElement>('progress');
const buttons = {
  add: element<HTMLButtonElement>('add'),
  train: element<HTMLButtonElement>('train'),
  cancel: element<HTMLButtonElement>('cancel'),
};

/** What the model shall learn. */
let items: Float32Array[] = [];
/** What it learns, or learnt last, [count × ITEM]: `items` may change meanwhile. */
let learnt: Float32Array = new Float32Array();
const losses: number[] = [];
let training = false;
let files: Readonly<Record<string, Uint8Array>> = {};

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const tell = (message: ToWorker) => worker.postMessage(message);

function failed(error: unknown): void {
  status.value = textOf(error);
  status.dataset['failed'] = 'true';
}

/** The messages of the library say what to do. */
function textOf(error: unknown): string {
  return LatentkitError.isInstance(error) ? error.message : String(error);
}

async function start(): Promise<void> {
  const response = await fetch(`${MODEL}/model.json`);
  if (!response.ok) throw new Error(`${response.url}: the server answered ${response.status}`);
  const card = parseCard(await response.text());
  const pen = createPen(
    canvasOf('drawing'),
    { surface: element('surface'), cursor: element('cursor') },
    () => {},
  );

  buttons.add.addEventListener('click', () => {
    run(async () => {
      // A canvas is a picture to the library, which brings it to the size that the model's card says.
      const { data } = await readImages([canvasOf('drawing')], card);
      if (!data.some((ink) => ink > 0)) {
        say('There is nothing on the canvas yet.');
        return;
      }
      pen.clear();
      add(card, [data]);
    });
  });
  element('clear').addEventListener('click', () => pen.clear());

  const input = element<HTMLInputElement>('files');
  input.addEventListener('change', () => {
    run(async () => {
      await addPictures(card, [...(input.files ?? [])]);
      input.value = '';
    });
  });
  const dropping = (is: boolean) => {
    if (is) document.body.dataset['dropping'] = '';
    else delete document.body.dataset['dropping'];
  };
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    dropping(true);
  });
  document.addEventListener('dragleave', () => dropping(false));
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    dropping(false);
    run(() => addPictures(card, [...(event.dataTransfer?.files ?? [])]));
  });

  buttons.train.addEventListener('click', () => {
    const asked = element<HTMLInputElement>('steps');
    if (!asked.checkValidity()) {
      failed(new ArgumentError('Steps', `a whole number from 1 to ${asked.max}`, asked.value));
      return;
    }
    losses.length = 0;
    element('results').hidden = true;
    setTraining(true);
    say('Compiling the training step…');
    learnt = joined(items);
    tell({ type: 'train', items: learnt, steps: asked.valueAsNumber, device, model: MODEL });
  });
  buttons.cancel.addEventListener('click', () => tell({ type: 'cancel' }));
  element('download').addEventListener('click', download);

  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => hear(card, data));
  worker.addEventListener('error', ({ message }) => {
    setTraining(false);
    failed(new Error(`The worker failed: ${message}`));
  });
  input.disabled = false;
  buttons.add.disabled = false;
  say(`${card.name} is here: ${card.description ?? ''}`);
  document.body.dataset['ready'] = 'true';
}

async function addPictures(card: ModelCard, pictures: readonly File[]): Promise<void> {
  const turn = element<HTMLInputElement>('turn').checked;
  const read: Float32Array[] = [];
  const refused: string[] = [];
  for (const picture of pictures) {
    try {
      const { data: item } = await readImages([picture], card);
      const light = item.reduce((sum, value) => sum + value, 0) > ITEM / 2;
      read.push(turn && light ? item.map((value) => 1 - value) : item);
    } catch (error) {
      refused.push(textOf(error));
    }
  }
  if (read.length > 0) add(card, read);
  if (refused.length === 0) return;
  status.value = [...(read.length > 0 ? [status.value] : []), ...refused].join(' ');
  status.dataset['failed'] = 'true';
}

function add(card: ModelCard, more: readonly Float32Array[]): void {
  const all = [...items, ...more];
  items = all.slice(-MOST);
  showItems(card);
  const gone = all.length - items.length;
  sayCount(gone === 0 ? '' : ` ${gone === 1 ? 'The first' : `The first ${gone}`} made room.`);
}

function sayCount(more = ''): void {
  say(`${items.length} of at most ${MOST} pictures.${more}`);
}

function showItems(card: ModelCard): void {
  const entries = items.map((item, i) => {
    const [entry, button, canvas] = [
      document.createElement('li'),
      document.createElement('button'),
      document.createElement('canvas'),
    ];
    canvas.className = 'ink';
    drawTo(canvas, item, card);
    button.type = 'button';
    button.setAttribute('aria-label', `Remove picture ${i + 1}`);
    button.addEventListener('click', () => {
      items = items.filter((other) => other !== item);
      showItems(card);
      sayCount();
    });
    button.append(canvas);
    entry.append(button);
    return entry;
  });
  element('items').replaceChildren(...entries);
  element('none').hidden = items.length > 0;
  buttons.train.disabled = training || items.length === 0;
}

function hear(card: ModelCard, message: FromWorker): void {
  if (message.type === 'progress') {
    const { step, steps, loss } = message;
    losses.push(loss);
    progress.value = step / steps;
    element<HTMLOutputElement>('loss').value =
      `step ${step} of ${steps}: loss ${loss.toFixed(1)} (${(losses[0] as number).toFixed(1)} at first)`;
    drawLosses();
    return;
  }
  setTraining(false);
  if (message.type === 'failed') {
    failed(new Error(`Training failed: ${message.message}`));
    return;
  }
  ({ files } = message);
  element('results').hidden = false;
  const rows = {
    drawings: learnt,
    before: message.before,
    after: message.after,
    samples: message.samples,
  };
  for (const [id, row] of Object.entries(rows)) {
    const canvas = canvasOf(id);
    drawTo(canvas, row, card, { columns: COLUMNS });
    canvas.style.width = `${(canvas.width / 28) * 4.25}rem`;
  }
  say(message.cancelled ? `Stopped after ${message.step} steps.` : 'Done.');
}

/** The loss of every step, from the lowest to the highest. */
function drawLosses(): void {
  const [low, high] = [Math.min, Math.max].map((pick) => losses.reduce((a, b) => pick(a, b))) as [
    number,
    number,
  ];
  const points = losses.map((loss, i) => {
    const x = (100 * i) / Math.max(1, losses.length - 1);
    return `${x.toFixed(2)},${(28 - (26 * (loss - low)) / (high - low || 1)).toFixed(2)}`;
  });
  document.querySelector('#curve polyline')?.setAttribute('points', points.join(' '));
}

function download(): void {
  const folder = Object.entries(files).map(([file, bytes]) => [`${NAME}/${file}`, bytes] as const);
  const zip = zipSync(Object.fromEntries(folder));
  const url = URL.createObjectURL(new Blob([zip as Uint8Array<ArrayBuffer>]));
  Object.assign(document.createElement('a'), { href: url, download: `${NAME}.zip` }).click();
  URL.revokeObjectURL(url);
}

function setTraining(is: boolean): void {
  training = is;
  buttons.train.disabled = is || items.length === 0;
  buttons.add.disabled = is;
  buttons.cancel.disabled = !is;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.length * ITEM);
  for (const [i, item] of parts.entries()) all.set(item, i * ITEM);
  return all;
}

function say(text: string): void {
  status.value = text;
  delete status.dataset['failed'];
}

function run(work: () => Promise<void>): void {
  work().catch(failed);
}

run(start);
