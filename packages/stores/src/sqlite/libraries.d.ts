/**
 * What is used of two libraries. libSQL's own types are those of better-sqlite3, and promise options that it does not heed
 * (`readonly`, `fileMustExist`).
 */
declare module 'libsql' {
  interface Statement {
    run(...values: unknown[]): unknown;
    /** Rows as lists, not as objects, to which libSQL adds the time that they took. */
    raw(): { all(...values: unknown[]): unknown[][] };
  }

  export default class Database {
    readonly inTransaction: boolean;
    /** @param options.timeout milliseconds that another's transaction is waited for */
    constructor(path: string, options: { readonly timeout: number });
    exec(sql: string): unknown;
    prepare(sql: string): Statement;
    loadExtension(path: string): unknown;
    close(): unknown;
  }
}

declare module 'sqlite-vec' {
  export function getLoadablePath(): string;
}
