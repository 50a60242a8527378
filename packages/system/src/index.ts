export { cacheFolder } from './cache/cache-folder.ts';
export { checkCreatable, ensureWritableFolder } from './files/folders.ts';
export { makeFolder } from './files/make-folder.ts';
export { unwritable } from './files/unwritable.ts';
export { temporaryBeside, type WriteOptions, writeFileWhole } from './files/write-file.ts';
export { requireHere } from './module/require-here.ts';
export { type DownloadOptions, download, refusal } from './net/download.ts';
export { type Answer, type RequestOptions, request, withoutSecrets } from './net/http-request.ts';
export { loadSharp, type SharpModule } from './sharp.ts';
