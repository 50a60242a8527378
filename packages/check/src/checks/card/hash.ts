import { createHash } from 'node:crypto';
import { type Check, error } from '../../check.ts';

export const cardHash: Check = {
  id: 'card/hash',
  summary: 'every file has the length and SHA-256 that the card states',
  remedy: 'Copy the model again from where it came, or export it again.',
  needs: ['card/valid'],
  async run(model) {
    const files = await model.files();
    const findings = await Promise.all(
      files.map(async ({ role, card }) => {
        const bytes = await model.bytes(card.file).catch(() => undefined);
        if (!bytes) return error(`the ${role} is missing or cannot be read`, card.file);
        if (bytes.length !== card.bytes) {
          return error(
            `the ${role} holds ${bytes.length} bytes, the card says ${card.bytes}`,
            card.file,
          );
        }
        const digest = createHash('sha256').update(bytes).digest('hex');
        return digest === card.sha256
          ? undefined
          : error(`the ${role} has the SHA-256 ${digest}, the card says ${card.sha256}`, card.file);
      }),
    );
    return { findings: findings.filter((finding) => finding !== undefined) };
  },
};
