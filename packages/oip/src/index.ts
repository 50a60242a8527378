/** Both ends of the Open Inference Protocol: a model that a server runs, and what such a server reads and writes. */

export { type Body, binaryMessages, type Fail, readBody, readTensors, writeBody } from './body.ts';
export { type OipSourceOptions, oipSource } from './oip-source.ts';
export {
  BINARY,
  CARD_PARAMETER,
  datatypeOf,
  dtypeOf,
  JSON_LENGTH,
  type ModelMetadata,
  servedName,
  type TensorMessage,
  type TensorMetadata,
} from './protocol.ts';
