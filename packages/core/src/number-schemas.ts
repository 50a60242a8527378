import * as v from 'valibot';

/** What a model card means by a number. */
export const finite = v.pipe(v.number(), v.finite());
export const positiveInteger = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
