import { LatentkitError } from '@latentkit/core';
import { loadStores } from '../optional/load-stores.ts';

/** Where vectors are to go, as it was typed. */
export interface TargetFlags {
  readonly out?: string;
  readonly to?: string;
}

/**
 * The file or the store that vectors go to, as `embedFiles` and `mergeVectors` take it.
 *
 * @throws LatentkitError `invalid-argument` for neither or both, `missing-dependency`
 */
export async function targetOf({ out, to }: TargetFlags, sources: readonly string[] = []) {
  if ((out === undefined) === (to === undefined)) {
    const late = sources.find((source) => /^(-o|--out|--to)(=|$)/.test(source));
    const missing = `neither was given${late === undefined ? '' : ` (what stands after -- is a source, ${late} too: give it before)`}`;
    const given = out === undefined ? missing : 'both were given';
    throw new LatentkitError(
      'invalid-argument',
      `Expected --out vectors.parquet for a file of vectors, or --to sqlite:vectors.db for a store; ${given}.`,
    );
  }
  if (to === undefined) return { out: out as string };
  const { openStore } = await loadStores();
  return { to: (info: Parameters<typeof openStore>[1]) => openStore(to, info) };
}
