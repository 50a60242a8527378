import * as v from 'valibot';
import { checkObject } from '../errors/check.ts';
import { ArgumentError, CardError, describeValue } from '../errors/index.ts';
import { CARD_FORMAT, CardSchema, type ModelCard, type WholeCard } from './card.ts';
import { cardIssues } from './card-issues.ts';

/** The most bytes (and letters) that a card may have: text of a few kilobytes, to which a fitted sampler may add megabytes. */
export const MAX_CARD_BYTES = 16 * 2 ** 20;

/** What to do about a card that cannot be used. */
const AGAIN = 'Copy, download or export the model again.';

/** Problems told of one card; who mends those will be told the next. */
const TOLD = 20;
/** Letters told of one problem: it may quote what the card says. */
const LETTERS = 300;
/** Cards of more values than this are told of one problem only: to look for more would take seconds. */
const VALUES = 5_000;
/** Arrays and objects within each other: a card has eight. */
const DEPTH = 64;

/**
 * Parses and validates the text of a `model.json`.
 *
 * @param source where the text came from, for messages
 * @throws CardError `unsupported-format` for a card of another format version, `invalid-card` for
 *   text that is not JSON, is longer than {@link MAX_CARD_BYTES} or does not describe a model
 */
export function parseCard(text: string, source = 'model.json'): ModelCard {
  if (typeof text !== 'string') {
    throw new CardError(
      'invalid-card',
      `${source}: expected the text of a card, received ${describeValue(text)}.`,
    );
  }
  if (text.length > MAX_CARD_BYTES) {
    throw new CardError(
      'invalid-card',
      `${source} is no model card: it has ${text.length} characters, and a card at most ${MAX_CARD_BYTES}. ${AGAIN}`,
    );
  }
  if (isDeeperThan(DEPTH, text)) {
    throw new CardError(
      'invalid-card',
      `${source} is no model card: it nests arrays or objects more than ${DEPTH} deep. ${AGAIN}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CardError(
      'invalid-card',
      `${source} is not valid JSON: ${shorten((cause as Error).message)}. ${AGAIN}`,
      [],
      { cause },
    );
  }
  return validateCard(value, source);
}

/** Validates a card that is already an object; see {@link parseCard}. */
export function validateCard(value: unknown, source = 'model.json'): ModelCard {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CardError(
      'invalid-card',
      `${source} must hold a JSON object, received ${describeValue(value)}. ${AGAIN}`,
    );
  }
  const { format } = value as { readonly format?: unknown };
  if (format !== 1 && format !== CARD_FORMAT) {
    throw new CardError(
      'unsupported-format',
      `${source} has card format ${describeValue(format)}; this version of latentkit reads formats 1 and ${CARD_FORMAT}. ` +
        'Update latentkit, or export the model again.',
    );
  }
  const first = v.safeParse(CardSchema, value, { abortEarly: true });
  if (!first.success) {
    const { issues } = hasMoreValuesThan(VALUES, value) ? first : v.safeParse(CardSchema, value);
    throw invalidCard(
      source,
      (issues ?? first.issues).map((issue) => `${v.getDotPath(issue)}: ${issue.message}`),
    );
  }
  const issues = cardIssues(first.output);
  if (issues.length > 0) throw invalidCard(source, issues);
  return first.output;
}

/**
 * The card, of a model that decodes as well.
 *
 * @throws ArgumentError for that of an encoder alone, and for what is no card
 */
export function wholeCard(card: ModelCard): WholeCard {
  checkObject('card', card, 'a model card');
  if (card.family !== 'encoder') return card as WholeCard;
  throw new ArgumentError(
    'model',
    'one with a decoder (loadEncoder loads an encoder alone)',
    card.name,
  );
}

function invalidCard(source: string, issues: readonly string[]): CardError {
  const told = issues.slice(0, TOLD).map(shorten);
  const list = told.map((issue) => `  - ${issue}`);
  if (issues.length > TOLD) list.push(`  … and ${issues.length - TOLD} more`);
  return new CardError(
    'invalid-card',
    `${source} is not a valid model card:\n${list.join('\n')}\n${AGAIN}`,
    told,
  );
}

function shorten(text: string): string {
  return text.length > LETTERS ? `${text.slice(0, LETTERS)}…` : text;
}

/** Whether brackets in a text of JSON, those in strings aside, are nested deeper: to parse them takes seconds. */
function isDeeperThan(limit: number, json: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < json.length; i++) {
    const letter = json[i];
    if (quoted) {
      if (letter === '\\') i += 1;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') {
      quoted = true;
    } else if (letter === '[' || letter === '{') {
      depth += 1;
      if (depth > limit) return true;
    } else if (letter === ']' || letter === '}') {
      depth -= 1;
    }
  }
  return false;
}

/** Whether an object, with all that is in it, holds more than `limit` values; it may be nested deeply. */
function hasMoreValuesThan(limit: number, root: object): boolean {
  const open: object[] = [root];
  let count = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    for (const value of Object.values(next)) {
      count += 1;
      if (count > limit) return true;
      if (typeof value === 'object' && value !== null) open.push(value);
    }
  }
  return false;
}
