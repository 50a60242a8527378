/** Whether a source is a model that a server runs, `oip+http://host:port/NAME`; `oipSource` opens it. */
export function isServed(source: unknown): source is string | URL {
  return /^oip\+https?:/i.test(String(source));
}
