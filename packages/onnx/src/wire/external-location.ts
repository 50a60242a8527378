import { OnnxError } from '../errors.ts';
import { checkText } from '../form.ts';

/**
 * Checks where external data may lie: a path with forward slashes, relative to the model's folder and
 * inside it. Links are for the file system to follow; `@latentkit/onnx/node` checks them too.
 *
 * @throws OnnxError `external-data`
 */
export function checkExternalLocation(location: string): void {
  checkText('The location of external data', location, 'a path');
  const refuse = (why: string): never => {
    throw new OnnxError(
      'external-data',
      `External data at ${JSON.stringify(location.slice(0, 200))} is refused: ${why}. Paths are relative to the model's folder and stay inside it.`,
    );
  };
  if (location === '') refuse('the path is empty');
  if (location.includes('\0')) refuse('the path has a null character');
  if (location.includes('\\')) refuse('the path has a backslash');
  if (location.startsWith('/') || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(location)) {
    refuse('the path is absolute');
  }
  const parts = location.split('/');
  if (parts.includes('..')) refuse('the path leaves its folder');
  if (parts.at(-1) === '' || parts.at(-1) === '.') refuse('the path names no file');
}
