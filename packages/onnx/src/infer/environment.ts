import type { TensorData, ValueType } from '../ir.ts';
import type { Values } from './known-values.ts';

/** What is known of the values in a graph; names that it does not have are looked up around it. */
export class Environment {
  readonly types = new Map<string, ValueType>();
  readonly #constants = new Map<string, TensorData>();
  readonly #values = new Map<string, Values>();
  readonly #outer: Environment | undefined;

  constructor(outer?: Environment) {
    this.#outer = outer;
  }

  type(name: string): ValueType | undefined {
    return this.types.get(name) ?? this.#outer?.type(name);
  }

  constant(name: string): TensorData | undefined {
    return this.#constants.get(name) ?? this.#outer?.constant(name);
  }

  values(name: string): Values | undefined {
    return this.#values.get(name) ?? this.#outer?.values(name);
  }

  setConstant(name: string, tensor: TensorData): void {
    this.#constants.set(name, tensor);
  }

  setValues(name: string, values: Values): void {
    this.#values.set(name, values);
  }
}
