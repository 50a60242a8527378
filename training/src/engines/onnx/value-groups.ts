/** Sets of values that must be kept alike, each known by the name of one of them. */
export class ValueGroups {
  readonly #parents = new Map<string, string>();
  readonly #pinned = new Set<string>();

  /** The name that stands for the set of a value. */
  find(name: string): string {
    const parent = this.#parents.get(name);
    if (parent === undefined || parent === name) return name;
    const root = this.find(parent);
    this.#parents.set(name, root);
    return root;
  }

  join(a: string, b: string): void {
    const [from, to] = [this.find(a), this.find(b)];
    this.#parents.set(a, this.#parents.get(a) ?? a);
    this.#parents.set(b, this.#parents.get(b) ?? b);
    this.#parents.set(from, to);
    if (this.#pinned.has(from)) this.#pinned.add(to);
  }

  /** Keeps a value, and all that are joined with it, as it is. */
  pin(name: string): void {
    this.#pinned.add(this.find(name));
  }

  /** The sets that are not pinned. */
  free(): string[] {
    const roots = new Set([...this.#parents.keys()].map((name) => this.find(name)));
    return [...roots].filter((root) => !this.#pinned.has(root));
  }
}
