import { LatentkitError } from '@latentkit/core';
import { OnnxError } from '@latentkit/onnx';
import { tryDoors } from './try-doors.ts';

const isOurs = (error: unknown) =>
  LatentkitError.isInstance(error) ||
  // Of files that are no ONNX, which check reads.
  OnnxError.isInstance(error);

const isObject = (value: unknown) => typeof value === 'object' && value !== null;

tryDoors('training', isOurs, {
  main: {
    why: 'says what it can do on the output of this process',
    is: ([args]) => Array.isArray(args),
  },
  loadDataset: {
    why: 'every setting has a standard: thousands of items are drawn',
    is: ([options]) => isObject(options),
  },
});
