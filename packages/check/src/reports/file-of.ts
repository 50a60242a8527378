/** The path of a model's file as reports name it: with forward slashes; the card where none is named. */
export function fileOf(model: string, file = 'model.json'): string {
  return `${model.replaceAll('\\', '/').replace(/\/$/, '')}/${file}`;
}
