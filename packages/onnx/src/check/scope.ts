/** The values that a graph knows while its nodes are read in order, and those of the graphs around it. */
export class Scope {
  readonly #own = new Set<string>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  add(name: string): void {
    this.#own.add(name);
  }

  /** Defined in this graph. */
  hasOwn(name: string): boolean {
    return this.#own.has(name);
  }

  /** Defined in this graph or one around it. */
  has(name: string): boolean {
    return this.#own.has(name) || (this.#outer?.has(name) ?? false);
  }
}
