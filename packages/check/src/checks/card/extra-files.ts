import { readdir } from 'node:fs/promises';
import { type Check, warning } from '../../check.ts';

export const extraFiles: Check = {
  id: 'card/extra-files',
  summary: 'no graph lies in the folder that the card does not name',
  remedy: 'Delete what is left of an earlier export.',
  needs: ['card/valid'],
  async run(model) {
    const named = new Set((await model.files()).map(({ card }) => card.file));
    const extra = (await readdir(model.folder)).filter(
      (file) => /\.(onnx|safetensors|data)$/.test(file) && !named.has(file),
    );
    return { findings: extra.map((file) => warning('the card does not name this file', file)) };
  },
};
