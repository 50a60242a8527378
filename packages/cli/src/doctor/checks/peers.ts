import { requireHere } from '@latentkit/system/ort';
import { peerDependencies, version } from '../../../package.json' with { type: 'json' };
import type { Check } from '../finding.ts';

/** Each optional package of the command: whether it is there, in the version that belongs to this one. */
export const peers: readonly Check[] = Object.entries(peerDependencies).map(([name, wanted]) => ({
  name,
  vital: false,
  run: async () => {
    const installed = installedVersion(name);
    if (installed === wanted) return { health: 'ok', says: installed };
    if (installed === undefined) {
      return { health: 'ok', says: `not installed, and optional: npm install ${name}` };
    }
    return {
      health: 'warning',
      says: `${installed} does not belong to latentkit ${version}`,
      remedy: `npm install ${name}@${wanted}`,
    };
  },
}));

function installedVersion(name: string): string | undefined {
  try {
    return (requireHere()(`${name}/package.json`) as { version: string }).version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
