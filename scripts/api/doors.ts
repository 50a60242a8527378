import { manifestOf, publishedFolders } from '../published.ts';

/** A door of a published package that has types. */
export interface Door {
  /** The package's folder, relative to the repository's root. */
  readonly folder: string;
  /** The declarations that an import of it reads, within the folder. */
  readonly declarations: string;
  /** The name of its report: the import's, without what a file's name cannot have. */
  readonly report: string;
}

/** Every door with types of every published package. */
export function doors(): Door[] {
  return publishedFolders().flatMap((folder) => {
    const { name, exports } = manifestOf(folder);
    return Object.entries(exports).flatMap(([door, target]) => {
      const [declarations] = JSON.stringify(target).match(/dist\/[\w-]+\.d\.mts/) ?? [];
      if (declarations === undefined) return [];
      const words = `${name}/${door}`.replace('@latentkit/', '').split(/[/.]+/).filter(Boolean);
      return [{ folder, declarations, report: `${words.join('-')}.api.md` }];
    });
  });
}
