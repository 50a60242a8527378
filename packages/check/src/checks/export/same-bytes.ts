import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Check, error, type Finding } from '../../check.ts';
import { readBytes } from '../../model/read-bytes.ts';

export const sameBytes: Check = {
  id: 'export/same-bytes',
  summary: 'the run that it came from exports to the same bytes, where the run is there',
  remedy:
    'Export the run again with the versions in use today, or find out what has changed since: the run, the exporter, or the files.',
  needs: ['card/hash'],
  async run(model) {
    const { run } = model.settings;
    if (run === undefined) return { skipped: 'no run is named (--run)' };
    const folder = await mkdtemp(join(tmpdir(), 'latentkit-export-'));
    try {
      const again = join(folder, 'model');
      if (!(await model.exportAgain(again))) {
        return { skipped: 'what runs the checks cannot export: the command latentkit can' };
      }
      const findings: Finding[] = [];
      for (const { role, card } of await model.files()) {
        const bytes = await readBytes(join(again, card.file)).catch(() => undefined);
        if (!bytes) findings.push(error(`the run exports no ${role}`, card.file));
        else if (sha256(bytes) !== card.sha256) {
          const sizes = `${bytes.length} bytes, where there are ${card.bytes}`;
          findings.push(error(`the run exports another ${role} (${sizes})`, card.file));
        }
      }
      return { findings };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
