import * as v from 'valibot';
import { ArgumentError } from './argument-error.ts';

/**
 * Checks an argument that a schema describes.
 *
 * @throws ArgumentError that names the field, what it should be, and what it is
 */
export function checkSchema<S extends v.GenericSchema>(
  argument: string,
  schema: S,
  value: unknown,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new ArgumentError(
    path === null ? argument : `${argument}.${path}`,
    issue.expected ?? issue.message,
    issue.input,
  );
}
