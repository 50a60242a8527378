/** What became of one float32 initialiser. */
export interface InitializerReport {
  name: string;
  elements: number;
  bytesBefore: number;
  /** Scales and zero points included. */
  bytesAfter: number;
  /** Largest absolute difference between a value and what the variant holds for it. */
  maxAbsError: number;
  /** Values that were out of the new type's range and became its largest; int8 clamps none. */
  clamped: number;
  /** Values other than 0 that became 0. */
  flushed: number;
}

/** A node that stays in float32, with the reason. */
export interface KeptNode {
  name: string;
  opType: string;
  reason: string;
}

export interface VariantReport {
  /** The converted initialisers in file order. */
  initializers: InitializerReport[];
  /** Nodes that compute in float32 still. */
  kept: KeptNode[];
  /** Cast nodes that were added. */
  casts: number;
}
