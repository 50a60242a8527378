import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DeviceAttempt, openGraphs } from '@latentkit/node';
import type { QuestionOf } from '../report/questions.ts';

/** What `device: 'auto'` chooses where nothing is remembered, and why. */
export async function auto({ model }: QuestionOf<'auto'>): Promise<readonly DeviceAttempt[]> {
  const cacheDir = await mkdtemp(join(tmpdir(), 'latentkit-auto-'));
  try {
    const opened = await openGraphs(model, { device: 'auto', cacheDir });
    await opened.dispose();
    return opened.attempts;
  } finally {
    await rm(cacheDir, { recursive: true });
  }
}
