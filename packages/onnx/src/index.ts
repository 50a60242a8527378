export { bytesPerElement, DTYPE_CODES, type DType, dtypeFromCode } from './dtype.ts';
export type {
  Attribute,
  Dim,
  ExternalLocation,
  Graph,
  Model,
  Node,
  TensorData,
  ValueInfo,
  ValueType,
} from './ir.ts';
