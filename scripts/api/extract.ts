import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { ROOT } from '../published.ts';
import type { Door } from './doors.ts';

const SILENT = { default: { logLevel: 'none' as never } };

/** The reports on doors by their names, from the built declarations; all by one run of the compiler. */
export function extractReports(doors: readonly Door[]): Record<string, string> {
  const scratch = mkdtempSync(join(tmpdir(), 'latentkit-api-'));
  try {
    mkdirSync(join(scratch, 'new'));
    const files = doors.map(({ folder, declarations }) => join(ROOT, folder, declarations));
    let state: CompilerState | undefined;
    const reports: Record<string, string> = {};
    for (const door of doors) {
      const config = configOf(door, files, scratch);
      state ??= CompilerState.create(config, { additionalEntryPoints: files });
      Extractor.invoke(config, {
        localBuild: true,
        compilerState: state,
        messageCallback: (message) => {
          message.handled = true;
        },
      });
      reports[door.report] = sortUnions(readFileSync(join(scratch, 'new', door.report), 'utf8'));
    }
    return reports;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function configOf({ folder, declarations, report }: Door, files: string[], scratch: string) {
  const projectFolder = join(ROOT, folder);
  const compilerOptions = {
    ...{ target: 'es2023', module: 'nodenext', moduleResolution: 'nodenext', strict: true },
    lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable', 'esnext.disposable'],
    ...{ types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')], skipLibCheck: true },
  };
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(projectFolder, 'package.json'),
    configObject: {
      projectFolder,
      mainEntryPointFilePath: join(projectFolder, declarations),
      compiler: { overrideTsconfig: { compilerOptions, files } },
      apiReport: {
        enabled: true,
        reportFileName: report,
        reportFolder: join(scratch, 'new'),
        reportTempFolder: join(scratch, 'temporary'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      // What is in a report is the API alone: the compiler and the linter have their own say elsewhere.
      messages: {
        extractorMessageReporting: SILENT,
        tsdocMessageReporting: SILENT,
        compilerMessageReporting: SILENT,
      },
    },
  });
}

/** Unions of texts in one order: the compiler's own follows what else it has read, and differs from build to build. */
function sortUnions(report: string): string {
  return report.replaceAll(/"[^"\n]*"(?: \| "[^"\n]*")+/g, (union) =>
    union.split(' | ').sort().join(' | '),
  );
}
