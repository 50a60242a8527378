/** What the vectors of a file are: in which space they lie, and which model made them. */
export interface VectorInfo {
  /** The identity of the latent space; see `Encoder.space`. */
  readonly space: string;
  /** Name of the model. */
  readonly model: string;
  /** Numbers in a vector. */
  readonly size: number;
  /** Where the model was: its folder or URL. */
  readonly modelPath?: string | undefined;
}

/** What a vector was made from. */
export interface VectorRow {
  /** Path of the picture within its source. */
  readonly id: string;
  /** Of its contents, in hexadecimal. */
  readonly sha256: string;
  /** Length of the file. */
  readonly bytes: number;
  /** Changes with the contents (a time of change, a checksum), and with the condition that they were embedded under. */
  readonly stamp: string;
  /** ELBO in nats, where it was asked for. */
  readonly score?: number | undefined;
}

/** Some rows that follow each other. */
export interface VectorBlock {
  readonly rows: readonly VectorRow[];
  /** [rows × size] */
  readonly vectors: Float32Array;
}
