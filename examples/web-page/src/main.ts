import { LatentkitError, loadAutoencoder } from '@latentkit/web';
import { paintItems, readDrawing, SIDE } from './pixels.ts';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const contextOf = (id: string) =>
  element<HTMLCanvasElement>(id).getContext('2d', {
    willReadFrequently: true,
  }) as CanvasRenderingContext2D;

const status = element<HTMLOutputElement>('status');
const drawing = contextOf('drawing');
const COUNT = 8;

/** The first of the latest samples: where the interpolation ends. */
let target: Float32Array | undefined;

async function start(): Promise<void> {
  const vae = await loadAutoencoder('mnist-vae', {
    latent: 'gaussian',
    onProgress: ({ file, loaded, total }) => {
      status.value = `loading ${file}: ${loaded} of ${total} bytes`;
    },
  });
  status.value = `${vae.card.name} on ${vae.device.name}`;

  const interpolate = async () => {
    if (!target) return;
    const path = await vae.interpolate(readDrawing(drawing), target, {
      steps: COUNT,
      path: 'slerp',
    });
    paintItems(contextOf('path'), path.mean.data);
  };
  const encode = async () => {
    const z = await vae.encoder.embed(readDrawing(drawing));
    const { mean } = await vae.decoder.decode(z);
    paintItems(contextOf('reconstruction'), mean.data);
    element<HTMLOutputElement>('code').value =
      `code: ${Array.from(z.data, (value) => value.toFixed(1)).join('  ')}`;
    await interpolate();
  };
  const sample = async () => {
    const seed = element<HTMLInputElement>('seed').valueAsNumber;
    const { mean } = await vae.sample(COUNT, { seed });
    paintItems(contextOf('samples'), mean.data);
    target = mean.data.slice(0, SIDE * SIDE);
    await interpolate();
  };

  element('drawing').addEventListener('pointermove', draw);
  element('drawing').addEventListener('pointerup', () => run(encode));
  element('clear').addEventListener('click', () => {
    drawing.clearRect(0, 0, SIDE, SIDE);
    run(encode);
  });
  const button = element<HTMLButtonElement>('sample');
  button.addEventListener('click', () => run(sample));
  button.disabled = false;
}

function draw({ buttons, offsetX, offsetY, target }: PointerEvent): void {
  if (buttons === 0) return;
  const scale = SIDE / (target as HTMLCanvasElement).clientWidth;
  drawing.fillStyle = 'white';
  drawing.beginPath();
  drawing.arc(offsetX * scale, offsetY * scale, 1.2, 0, 2 * Math.PI);
  drawing.fill();
}

/** Shows what went wrong where the user looks; the messages say what to do. */
function run(work: () => Promise<void>): void {
  work().catch((error: unknown) => {
    status.value = LatentkitError.isInstance(error) ? error.message : String(error);
  });
}

run(start);
