import { type CodeGrid, drawTo } from '@latentkit/web/wasm';
import type { App } from '../app.ts';
import { latest } from '../latest.ts';
import { nearestCodes } from '../model/cells.ts';
import { make } from '../page/dom.ts';
import type { State } from '../state.ts';

/** Codes that are shown as pictures. */
const OTHERS = 12;

/** The grid of codes that the picture on the bench is: a cell is chosen, then another code for it. */
export function cellsBlock(
  app: App,
  { grid: [height, width], codes, dim }: CodeGrid,
): { readonly root: HTMLElement; show(changed: ReadonlySet<keyof State> | undefined): void } {
  const { store, bench } = app;
  const { card } = bench.model;
  const entries = bench.model.entries as Float32Array;
  let chosen = 0;
  /** The codes of what is on the bench, cell by cell. */
  let here: Int32Array = new Int32Array(height * width);

  const picture = make('canvas', { className: 'item', 'aria-hidden': 'true' });
  const cells = Array.from({ length: height * width }, (_, cell) =>
    make('button', { type: 'button', onclick: () => choose(cell) }),
  );
  const board = make('div', { className: 'cells', id: 'cells' }, picture, ...cells);
  board.setAttribute('role', 'group');
  board.setAttribute('aria-label', 'Cells of the grid');
  board.style.setProperty('--across', String(width));
  const title = make('h3', { id: 'cell-title' });
  const canvases = Array.from({ length: Math.min(OTHERS, codes - 1) }, () =>
    make('canvas', { className: 'item', 'aria-hidden': 'true' }),
  );
  const captions = canvases.map(() => make('span'));
  let others: readonly number[] = [];
  const strip = make(
    'div',
    { className: 'strip', id: 'codes' },
    ...canvases.map((canvas, i) =>
      make(
        'button',
        { type: 'button', onclick: () => put(others[i] as number) },
        canvas,
        captions[i] as HTMLElement,
      ),
    ),
  );
  const number = make('input', {
    ...{ type: 'number', id: 'code', min: '0', max: String(codes - 1), step: '1' },
    onchange: () => {
      const code = number.valueAsNumber;
      if (Number.isSafeInteger(code) && code >= 0 && code < codes) put(code);
      else number.value = String(here[chosen]);
    },
  });
  const root = make(
    'div',
    { className: 'block' },
    make('h3', {}, `The ${height} × ${width} codes that it is made of`),
    make('p', {}, 'Choose a cell, then another code for it: what changes is not the cell alone.'),
    board,
    title,
    make('div', { className: 'row' }, make('label', {}, `Code, of ${codes}`, number)),
    strip,
  );

  board.addEventListener('keydown', (event) => {
    const [row, column] = [Math.floor(chosen / width), chosen % width];
    const next = {
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
    }[event.key] as readonly [number, number] | undefined;
    if (!next) return;
    event.preventDefault();
    if (next[0] < 0 || next[1] < 0 || next[0] >= height || next[1] >= width) return;
    choose(next[0] * width + next[1]);
    cells[chosen]?.focus();
  });

  function choose(cell: number): void {
    chosen = cell;
    name();
    drawLatest();
  }

  function put(code: number): void {
    store.set({ codes: { ...store.get().codes, [chosen]: code } }, true);
  }

  function name(): void {
    for (const [cell, button] of cells.entries()) {
      const at = `Row ${Math.floor(cell / width) + 1}, column ${(cell % width) + 1}`;
      button.setAttribute('aria-label', `${at}: code ${here[cell]}`);
      button.title = `${at}: code ${here[cell]}`;
      button.setAttribute('aria-pressed', String(cell === chosen));
      button.tabIndex = cell === chosen ? 0 : -1;
      button.toggleAttribute('data-moved', cell in store.get().codes);
    }
    title.textContent = `Row ${Math.floor(chosen / width) + 1}, column ${(chosen % width) + 1}: the codes most like ${here[chosen]}`;
    if (document.activeElement !== number) number.value = String(here[chosen]);
  }

  async function draw(): Promise<void> {
    const { spot, label } = store.get();
    const z = app.current();
    const { codebook } = bench.model.decoder;
    if (!codebook) return;
    here = await codebook.nearest(z);
    name();
    others = nearestCodes(entries, dim, here[chosen] as number, OTHERS);
    const all = new Float32Array((others.length + 1) * z.length);
    all.set(z);
    for (const [i, code] of others.entries()) {
      const at = (i + 1) * z.length;
      all.set(z, at);
      all.set(entries.subarray(code * dim, (code + 1) * dim), at + chosen * dim);
    }
    const decoded = await bench.decode(all, bench.labelOf(spot, label));
    const each = decoded.length / (others.length + 1);
    drawTo(picture, decoded.slice(0, each), card);
    for (const [i, code] of others.entries()) {
      drawTo(canvases[i] as HTMLCanvasElement, decoded.slice((i + 1) * each, (i + 2) * each), card);
      (captions[i] as HTMLElement).textContent = String(code);
      captions[i]?.parentElement?.setAttribute('aria-label', `Code ${code}`);
    }
  }
  const drawLatest = latest(draw, app.failed);

  return {
    root,
    show(changed) {
      const names = ['spot', 'edits', 'codes', 'layout', 'base', 'label'] as const;
      if (!changed || names.some((one) => changed.has(one))) drawLatest();
    },
  };
}
