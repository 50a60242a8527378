import { ArgumentError } from '@latentkit/core';
import type { Report } from '../report.ts';
import { githubReport } from './github.ts';
import { type HumanOptions, humanReport } from './human.ts';
import { junitReport } from './junit.ts';
import { markdownReport } from './markdown.ts';
import { sarifReport } from './sarif.ts';

export const FORMATS = ['human', 'json', 'junit', 'sarif', 'github', 'markdown'] as const;

export type Format = (typeof FORMATS)[number];

/** @throws ArgumentError for what is no format */
export function checkFormat(format: unknown): Format {
  if (!FORMATS.includes(format as Format))
    throw new ArgumentError('format', FORMATS.join(', '), format);
  return format as Format;
}

/** A report as text. @throws ArgumentError for a format that is none */
export function formatReport(report: Report, format: Format, options: HumanOptions = {}): string {
  switch (checkFormat(format)) {
    case 'human':
      return `${humanReport(report, options)}\n`;
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'junit':
      return junitReport(report);
    case 'sarif':
      return sarifReport(report);
    case 'github':
      return `${githubReport(report)}\n`;
    case 'markdown':
      return markdownReport(report);
  }
}
