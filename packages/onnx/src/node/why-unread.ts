import { dirname, isAbsolute, resolve } from 'node:path';

/** Why a file could not be read, for people: a file system says it by a code and the name of its call. */
export function whyUnread(error: unknown, path: string): string {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no such file${within(path)}.`;
  if (code === 'EISDIR') return 'it is a folder; name the ONNX files in it.';
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read (its permissions).';
  return error instanceof Error ? `${error.message}.` : String(error);
}

/** The folder that a relative path leads into: of a name alone nobody sees where it was looked for. */
function within(path: string): string {
  return isAbsolute(path) ? '' : ` in ${dirname(resolve(path))}`;
}
