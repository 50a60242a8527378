/** How an inference request ended. */
export interface AnswerReport {
  /** The graph, under the name that it is served under. */
  readonly model: string;
  /** Of HTTP; 499 for a client that went away before it was answered. */
  readonly status: number;
  /** From its last byte to its answer, waiting included; from its headers where it did not come to its end. */
  readonly seconds: number;
}
