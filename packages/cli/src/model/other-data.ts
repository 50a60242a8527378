import type { ModelCard } from '@latentkit/core';
import type { Dataset } from '@latentkit/data';

type Known = Pick<ModelCard, 'name' | 'description' | 'provenance' | 'condition'>;
type Given = Pick<Dataset, 'description' | 'provenance' | 'labelNames'>;

/** What descriptions of data of one's own begin with. */
const COUNTED = /: ([\d,]+ pictures) of \d+ × \d+, /;

/**
 * Says that data are others than those a model was trained on, as far as its card tells: by their digests, or on a card
 * without them by the classes, and by the number of pictures in its description.
 *
 * @returns undefined where nothing speaks against their being the same
 */
export function otherData(
  { name, description, provenance, condition }: Known,
  data: Given,
): string | undefined {
  const differ = (then: string, now: string) =>
    `The data are not those that ${name} was trained on: then ${then}; now ${now}.`;
  const then = provenance.data;
  if (then !== undefined) {
    // What was left out or drawn of them is said after a semicolon.
    const same = then === data.provenance || then.startsWith(`${data.provenance};`);
    return same ? undefined : differ(then, data.provenance);
  }
  const [classes, classesNow] = [condition?.labels ?? [], data.labelNames].map((names) =>
    names.join(', '),
  );
  if (condition && classes !== classesNow) {
    return differ(`of the classes ${classes}`, classesNow ? `of ${classesNow}` : 'of none');
  }
  const [count, countNow] = [description, data.description].map(
    (text) => COUNTED.exec(text ?? '')?.[1],
  );
  return count && countNow && count !== countNow ? differ(count, countNow) : undefined;
}
