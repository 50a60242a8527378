/** '1 epoch', '2,000 epochs'. */
export function formatPlural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
