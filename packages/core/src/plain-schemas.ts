import * as v from 'valibot';

/** Named, so that declarations have the name wherever such a schema is used, not all that it is made of. */
export interface NumberSchema extends v.GenericSchema<number> {}
export interface TextSchema extends v.GenericSchema<string> {}

/** What a model card means by a number. */
export const finite: NumberSchema = v.pipe(v.number(), v.finite());
export const positiveInteger: NumberSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
