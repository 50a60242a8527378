import * as v from 'valibot';

/** Named, so that declarations have the name wherever such a schema is used, not all that it is made of. */
export interface NumberSchema extends v.GenericSchema<number> {}
export interface TextSchema extends v.GenericSchema<string> {}

/** What a model card means by a name, by words without a limit, and by a number. */
export const name: TextSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
export const text: TextSchema = v.pipe(v.string(), v.minLength(1));
export const finite: NumberSchema = v.pipe(v.number(), v.finite());
export const positive: NumberSchema = v.pipe(finite, v.gtValue(0));
/** From 0 to 1. */
export const share: NumberSchema = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
export const positiveInteger: NumberSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** Above 0, up to 1. */
export const someShare: NumberSchema = v.pipe(positive, v.maxValue(1));
