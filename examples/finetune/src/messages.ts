/** Pixels of an item: 28 × 28, each from 0 (paper) to 1 (ink). */
export const SIDE = 28;
export const ITEM = SIDE * SIDE;

export type ToWorker =
  | {
      readonly type: 'train';
      /** [count × ITEM] */
      readonly items: Float32Array;
      readonly steps: number;
      readonly device: 'wasm' | 'webgpu';
      /** Where the model's model.json, encoder.onnx and decoder.onnx are. */
      readonly model: string;
    }
  | { readonly type: 'cancel' };

export type FromWorker =
  | {
      readonly type: 'progress';
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
    }
  /** The items as the model reconstructs them, before and after; fewer steps than asked for if cancelled. */
  | {
      readonly type: 'done';
      readonly step: number;
      readonly cancelled: boolean;
      readonly before: Float32Array;
      readonly after: Float32Array;
      /** Items that the trained model makes up. */
      readonly samples: Float32Array;
      /** The trained model, as files that any latentkit loads. */
      readonly files: Readonly<Record<string, Uint8Array>>;
    }
  | { readonly type: 'failed'; readonly message: string };
