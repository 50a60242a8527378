import {
  flagsOf,
  SETTING_GROUPS,
  SETTINGS,
  standardInWords,
  useInWords,
} from '@latentkit/training/settings';

/** The page of the settings of training, from their table. */
export function settingsPage(): string {
  const groups = SETTING_GROUPS.map(({ title, table }, index) => {
    const rows = Object.entries(table).map(([key, row]) =>
      [
        `\`${flagsOf(row)}\``,
        `\`${index === 0 ? `data.${key}` : key}\``,
        row.domain.words,
        standardInWords(row) ?? String(row.standard),
        useInWords(row, index === 0 ? table : SETTINGS) ?? 'all',
        row.help,
      ].join(' | '),
    );
    return `## ${title}\n\n| option | in a program | values | standard | for | what it is |\n|---|---|---|---|---|---|\n${rows.map((row) => `| ${row} |`).join('\n')}`;
  });
  return `# The settings of training

<!-- Written by npm run docs from training/src/settings; do not edit. -->

Options of \`latentkit train\`, and keys of the configuration that \`train\` of \`@latentkit/training\` takes. A
setting that the others leave no use for is refused: left alone, it would look as if it had been used. A run
that is resumed keeps its settings, but for its length, its engine and the place of its data.

${groups.join('\n\n')}
`;
}
