/** The name of an object's class, whatever realm it comes from: a test of Jest has a URL of its own. */
const kindOf = (value: unknown) => Object.prototype.toString.call(value).slice(8, -1);

export function isUrlObject(value: unknown): value is URL {
  return kindOf(value) === 'URL';
}

/** A File is one. */
export function isBlob(value: unknown): value is Blob {
  return ['Blob', 'File'].includes(kindOf(value));
}
