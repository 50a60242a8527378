import type { App } from './app.ts';
import { element, make } from './page/dom.ts';

const SUGGESTED = 12;

/** Finds a picture by its name, or by a part of it. */
export function startSearch(app: App): void {
  const query = element<HTMLInputElement>('query');
  const { ids } = app.points;
  const matching = (text: string, most: number): number[] => {
    const wanted = text.trim().toLowerCase();
    if (wanted === '') return [];
    const found: number[] = [];
    for (let i = 0; i < ids.length && found.length < most; i++) {
      if ((ids[i] as string).toLowerCase().includes(wanted)) found.push(i);
    }
    return found;
  };
  query.addEventListener('input', () => {
    const found = matching(query.value, SUGGESTED);
    element('found').replaceChildren(
      ...found.map((i) => make('option', { value: ids[i] as string })),
    );
  });
  element('search').addEventListener('submit', (event) => {
    event.preventDefault();
    const exact = ids.indexOf(query.value.trim());
    const index = exact >= 0 ? exact : matching(query.value, 1)[0];
    if (index === undefined) app.say(`No picture is called “${query.value}”.`);
    else app.choose({ kind: 'item', index });
    query.toggleAttribute('aria-invalid', index === undefined);
  });
}
