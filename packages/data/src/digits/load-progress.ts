/** A download under way: bytes so far, and in all where the server said. */
export interface LoadProgress {
  readonly file: string;
  readonly loaded: number;
  readonly total?: number;
}
