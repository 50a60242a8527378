import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import picomatch from 'picomatch';
import * as v from 'valibot';
import {
  expectedOf,
  type GivenSettings,
  resolveSettings,
  type SettingIssue,
  type Settings,
  SettingsSchema,
} from './settings.ts';

export const CONFIG_FILE = 'latentkit.config.json';

const patterns = v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1));

const CheckSchema = v.strictObject({
  ...SettingsSchema.entries,
  models: v.optional(
    v.pipe(patterns, v.description('Folders of models, or globs of them, relative to this file.')),
  ),
  overrides: v.optional(
    v.pipe(
      v.array(v.strictObject({ ...SettingsSchema.entries, models: patterns })),
      v.description('Other settings for the models of these globs; later ones win.'),
    ),
  ),
});

/** The contents of `latentkit.config.json`. */
export const ConfigSchema = v.strictObject({
  $schema: v.optional(v.string()),
  check: v.optional(v.pipe(CheckSchema, v.description('What `latentkit check` asks of models.'))),
});

export type Config = v.InferOutput<typeof ConfigSchema>;

/**
 * Reads a configuration file.
 *
 * @returns an empty one where there is no file, unless one was asked for by its path
 * @throws LatentkitError `not-found`, `invalid-data` with every problem
 */
export async function readConfig(path?: string): Promise<Config> {
  let text: string;
  try {
    text = await readFile(path ?? CONFIG_FILE, 'utf8');
  } catch (cause) {
    const isAbsent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    if (path === undefined && isAbsent) return {};
    const why = isAbsent
      ? `is not there (looked for in ${dirname(resolve(path ?? CONFIG_FILE))})`
      : `could not be read (${(cause as Error).message})`;
    throw new LatentkitError(
      'not-found',
      `${path ?? CONFIG_FILE} ${why}: a configuration, such as ${CONFIG_FILE}, was expected.`,
      { cause },
    );
  }
  return parseConfig(text, path ?? CONFIG_FILE);
}

/** The address of the configuration's JSON schema: an installed command finds it too. */
export const CONFIG_SCHEMA =
  'https://raw.githubusercontent.com/latentkit/latentkit/main/docs/config.schema.json';

/** Of a key that does not exist the parser says that it expected never. */
function inWords(issue: SettingIssue): string {
  const { type, expected, message, received } = issue;
  if (expected === 'never') return 'there is no such setting (is it misspelt?)';
  return type === 'picklist' ? `expected ${expectedOf(issue)}, received ${received}` : message;
}

/** @throws LatentkitError `invalid-data` with every problem */
export function parseConfig(text: string, source = CONFIG_FILE): Config {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LatentkitError(
      'invalid-data',
      `${source} is not valid JSON: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
  const { success, issues, output } = v.safeParse(ConfigSchema, value);
  if (success) return output;
  const list = issues.map((issue) => `  - ${v.getDotPath(issue) ?? 'the file'}: ${inWords(issue)}`);
  throw new LatentkitError(
    'invalid-data',
    `${source} is no configuration:\n${list.join('\n')}\nIts schema is ${CONFIG_SCHEMA}.`,
  );
}

/**
 * The settings of one model.
 *
 * @param model the model's folder, relative to the configuration, with forward slashes
 * @param given settings that win over the file's, such as those of a command line
 */
export function settingsOf(config: Config, model: string, given: GivenSettings = {}): Settings {
  const { models: _, overrides = [], ...standard } = config.check ?? {};
  const fitting = overrides
    .filter(({ models }) => models.some((glob) => picomatch.isMatch(model, glob)))
    .map(({ models: _models, ...settings }) => settings);
  return resolveSettings(standard, ...fitting, given);
}
