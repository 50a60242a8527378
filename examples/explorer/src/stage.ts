import { drawTo, readImages, toImageData } from '@latentkit/web/wasm';
import type { App } from './app.ts';
import type { Theme } from './data/colours.ts';
import { latest } from './latest.ts';
import { element, formatNumber } from './page/dom.ts';
import { drawDifference } from './page/draw-difference.ts';
import { isEdited, type Spot } from './state.ts';

const OFF: Readonly<Record<Theme, readonly [number, number, number]>> = {
  light: [178, 52, 20],
  dark: [255, 157, 118],
};

/** The picture on the bench, beside the one that it is of, with where the model is off. */
export function createStage(app: App) {
  const { points, bench, store } = app;
  const { card } = bench.model;
  const picture = element<HTMLCanvasElement>('picture');
  const original = element<HTMLCanvasElement>('original');
  const difference = element<HTMLCanvasElement>('difference');
  /** Pictures that people gave, as the model takes them. */
  const own = new WeakMap<Float32Array, Float32Array>();

  /** The pixels of what a spot is of, at the size of an item; undefined for what nobody drew. */
  async function originalOf(spot: Spot): Promise<ImageData | undefined> {
    if (spot.kind === 'picture') {
      const item = own.get(spot.z);
      return item && toImageData(item, card);
    }
    if (spot.kind !== 'item') return undefined;
    const canvas = document.createElement('canvas');
    await app.thumbnails.drawTo(canvas, spot.index);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    return context?.getImageData(0, 0, canvas.width, canvas.height);
  }

  async function show(): Promise<void> {
    const { spot, label } = store.get();
    const mean = await bench.decode(app.current(), bench.labelOf(spot, label));
    drawTo(picture, mean, card);
    picture.dataset['shown'] = spot.kind;
    if (performance.getEntriesByName('first picture').length === 0) {
      // How long it takes from a cache: the bench and a test read it.
      performance.mark('first picture');
    }
    const item = await originalOf(spot);
    element('original-figure').hidden = !item;
    // Thumbnails of larger items are smaller than those: nothing to compare pixel by pixel.
    const comparable = item?.width === picture.width && item.height === picture.height;
    element('difference-figure').hidden = !comparable;
    if (!item) return;
    original.width = item.width;
    original.height = item.height;
    (original.getContext('2d') as CanvasRenderingContext2D).putImageData(item, 0, 0);
    if (!comparable) return;
    const theme = document.documentElement.dataset['theme'] as Theme;
    drawDifference(difference, item, toImageData(mean, card), OFF[theme] ?? OFF.light);
  }

  function describe(): void {
    const { spot } = store.get();
    element('stage-name').textContent = app.nameOf(spot);
    element('stage-note').textContent = noteOf(spot);
    picture.setAttribute('aria-label', `What the model draws: ${app.nameOf(spot)}`);
  }

  function noteOf(spot: Spot): string {
    const ending = isEdited(store.get()) ? ', edited' : '';
    switch (spot.kind) {
      case 'item': {
        const label = points.labels && points.info.labels[points.labels[spot.index] as number];
        return `${label === undefined ? 'One of the pictures' : `Label ${label}`}, drawn by the model${ending}`;
      }
      case 'place':
        return store.get().layout.kind === 'dimensions'
          ? `Exactly what these two dimensions say${ending}`
          : `Nobody drew this: it lies between its neighbours${ending}`;
      case 'sample':
        return `Drawn at random, temperature ${formatNumber(spot.temperature)}${ending}`;
      case 'picture':
        return `Your picture, drawn by the model${ending}`;
      default:
        return `Made of others${ending}`;
    }
  }

  const showLatest = latest(show, app.failed);
  return {
    update(): void {
      describe();
      showLatest();
    },
    /** Keeps what a person's picture is to the model, so that it is shown beside the decoded one. */
    async keep(spot: Spot & { kind: 'picture' }, file: File): Promise<void> {
      own.set(spot.z, (await readImages([file], card)).data as Float32Array);
    },
  };
}
