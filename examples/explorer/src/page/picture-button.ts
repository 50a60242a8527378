import type { App } from '../app.ts';
import { make } from './dom.ts';

/** A button with the picture of a point, that puts it on the bench. */
export function pointButton(app: App, index: number, note: string): HTMLButtonElement {
  const canvas = make('canvas', { className: 'item' });
  app.thumbnails.drawTo(canvas, index).catch(app.failed);
  const id = app.points.ids[index] as string;
  return make(
    'button',
    {
      type: 'button',
      title: id,
      'aria-label': `${id}${note ? `, ${note}` : ''}`,
      onclick: () => app.choose({ kind: 'item', index }),
    },
    canvas,
    make('span', {}, note || id),
  );
}
