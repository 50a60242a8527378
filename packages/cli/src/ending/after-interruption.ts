import type { Command } from 'commander';

const GOES_ON = 'Run the same command again: it goes on where it stopped.';
const NOTHING = 'Nothing was written.';

type Words = string | ((flags: Readonly<Record<string, unknown>>) => string);

/** Of verbs after which there is more to say than that nothing was written, or less: they write nothing anyway. */
export const AFTERWARDS: Readonly<Record<string, Words>> = {
  data: GOES_ON,
  doctor: '',
  embed: ({ forExplorer }) => (forExplorer ? NOTHING : GOES_ON),
  'embed merge': 'The parts stay as they are: run the same command again.',
  'queue add': 'What was added stays in the queue: run the same command again for the rest.',
  'queue status': '',
  'queue work': '',
  quickstart: 'Run the same command again: it begins anew.',
  search: '',
  // Later than that there is a checkpoint, and the verb says itself how to go on.
  train: 'No step was taken: run the same command again.',
};

/** What a verb that was interrupted leaves behind, and how to go on; a sentence, or nothing. */
export function afterInterruption(verb: Command | undefined): string {
  if (verb === undefined) return '';
  const words = AFTERWARDS[nameOf(verb)] ?? NOTHING;
  return typeof words === 'string' ? words : words(verb.opts());
}

/** The name of a verb with those above it, less the program's: `embed merge`. */
function nameOf(verb: Command): string {
  const { parent } = verb;
  return parent?.parent ? `${nameOf(parent)} ${verb.name()}` : verb.name();
}
