import type { Theme } from '../data/colours.ts';
import { element } from './dom.ts';
import { ICONS } from './icons.ts';

const KEY = 'latentkit-explorer-theme';

export const themeOf = (): Theme =>
  document.documentElement.dataset['theme'] === 'dark' ? 'dark' : 'light';

/**
 * Lets people choose between light and dark; without a choice it is that of their system.
 *
 * @param changed called after each change
 */
export function startTheme(changed: () => void): void {
  const button = element<HTMLButtonElement>('theme');
  button.innerHTML = ICONS.dark;
  const show = (theme: Theme) => {
    document.documentElement.dataset['theme'] = theme;
    button.setAttribute('aria-pressed', String(theme === 'dark'));
    changed();
  };
  const chosen = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      // Storage may be forbidden: the choice then lasts as long as the page.
      return null;
    }
  };
  button.addEventListener('click', () => {
    const next = themeOf() === 'dark' ? 'light' : 'dark';
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // As above.
    }
    show(next);
  });
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', () => {
    if (!chosen()) show(system.matches ? 'dark' : 'light');
  });
  show(themeOf());
}
