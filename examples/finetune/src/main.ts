import { type FromWorker, ITEM, SIDE, type ToWorker } from './messages.ts';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const contextOf = (id: string) =>
  element<HTMLCanvasElement>(id).getContext('2d', {
    willReadFrequently: true,
  }) as CanvasRenderingContext2D;

const status = element<HTMLOutputElement>('status');
const progress = element<HTMLProgressElement>('progress');
const buttons = {
  add: element<HTMLButtonElement>('add'),
  train: element<HTMLButtonElement>('train'),
  cancel: element<HTMLButtonElement>('cancel'),
};
const drawing = contextOf('drawing');
const device = new URLSearchParams(location.search).get('device') === 'webgpu' ? 'webgpu' : 'wasm';
/** Drawings that fit into a row of the page. */
const MOST = 8;

const drawings: Float32Array[] = [];
let first: number | undefined;

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const tell = (message: ToWorker) => worker.postMessage(message);

worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
  if (data.type === 'progress') {
    const { step, steps, loss } = data;
    first ??= loss;
    progress.value = step / steps;
    status.value = `step ${step} of ${steps}: loss ${loss.toFixed(1)} (${first.toFixed(1)} at first)`;
    return;
  }
  setTraining(false);
  if (data.type === 'failed') {
    status.value = `training failed: ${data.message}`;
    return;
  }
  paintItems('before', data.before);
  paintItems('after', data.after);
  status.value += data.cancelled ? `, cancelled after ${data.step} steps` : ', done';
});
worker.addEventListener('error', ({ message }) => {
  setTraining(false);
  status.value = `the worker failed: ${message}`;
});

element('drawing').addEventListener('pointermove', ({ buttons, offsetX, offsetY, target }) => {
  if (buttons === 0) return;
  const scale = SIDE / (target as HTMLCanvasElement).clientWidth;
  drawing.fillStyle = '#fff';
  drawing.beginPath();
  drawing.arc(offsetX * scale, offsetY * scale, 1.2, 0, 2 * Math.PI);
  drawing.fill();
});

buttons.add.addEventListener('click', () => {
  const { data } = drawing.getImageData(0, 0, SIDE, SIDE);
  const item = Float32Array.from({ length: ITEM }, (_, i) => (data[i * 4] as number) / 255);
  drawing.clearRect(0, 0, SIDE, SIDE);
  if (!item.some((ink) => ink > 0)) {
    status.value = 'there is nothing on the canvas';
    return;
  }
  drawings.push(item);
  if (drawings.length > MOST) drawings.shift();
  paintItems('drawings', allDrawings());
  status.value = `${drawings.length} drawings`;
  buttons.train.disabled = false;
});

buttons.train.addEventListener('click', () => {
  first = undefined;
  setTraining(true);
  status.value = 'compiling the training step…';
  const steps = element<HTMLInputElement>('steps').valueAsNumber;
  const model = new URL('mnist-vae', document.baseURI).href;
  tell({ type: 'train', items: allDrawings(), steps, device, model });
});

buttons.cancel.addEventListener('click', () => tell({ type: 'cancel' }));

function setTraining(training: boolean): void {
  buttons.train.disabled = training;
  buttons.add.disabled = training;
  buttons.cancel.disabled = !training;
}

function allDrawings(): Float32Array {
  const all = new Float32Array(drawings.length * ITEM);
  for (const [i, item] of drawings.entries()) all.set(item, i * ITEM);
  return all;
}

/** Items side by side. */
function paintItems(id: string, items: Float32Array): void {
  const context = contextOf(id);
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  for (let item = 0; item * ITEM < items.length; item++) {
    const image = context.createImageData(SIDE, SIDE);
    for (let i = 0; i < ITEM; i++) {
      const grey = 255 * (items[item * ITEM + i] as number);
      image.data.set([grey, grey, grey, 255], i * 4);
    }
    context.putImageData(image, item * SIDE, 0);
  }
}
