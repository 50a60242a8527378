/** The element of an id that the page is sure to have. */
export const element = <T extends HTMLElement = HTMLElement>(id: string): T =>
  document.getElementById(id) as T;

type Child = Node | string | undefined;

/** Makes an element: properties as they are called in scripts, attributes with a dash as they are. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Readonly<Record<string, unknown>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (key.includes('-') || key === 'role') made.setAttribute(key, String(value));
    else Object.assign(made, { [key]: value });
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

const counts = new Intl.NumberFormat('en');
export const formatCount = (value: number): string => counts.format(value);
/** A true minus, and no more figures than are read. */
export const formatNumber = (value: number, digits = 1): string =>
  value
    .toFixed(digits)
    .replace('-', '−')
    .replace(/^−(0(\.0+)?)$/, '$1');
