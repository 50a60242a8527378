import { availableParallelism, totalmem } from 'node:os';
import { formatPlural } from '@latentkit/system';
import { engines } from '../../../package.json' with { type: 'json' };
import { formatBytes } from '../../format.ts';
import type { Check, Finding } from '../finding.ts';

/** Node's version against what the package asks for, and what it runs on. */
export const machine: Check = {
  name: 'Node',
  vital: true,
  run: async () => {
    const { platform, arch, versions } = process;
    const judged = judgeNode(versions.node, engines.node);
    const about = [
      `${versions.node} on ${platform}-${arch}${libc()}`,
      formatPlural(availableParallelism(), 'processor'),
      `${formatBytes(totalmem())} of memory`,
    ];
    return { ...judged, says: [judged.says, ...about].filter(Boolean).join(', ') };
  },
};

/** @param wanted as in `engines`: `>=20.19` */
export function judgeNode(version: string, wanted: string): Finding {
  const [major = 0, minor = 0] = numbers(version);
  const [leastMajor = 0, leastMinor = 0] = numbers(wanted);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) {
    return { health: 'ok', says: '' };
  }
  const least = `${leastMajor}.${leastMinor}`;
  return {
    health: 'fault',
    says: `older than ${least}`,
    remedy: `Install Node ${least} or later: https://nodejs.org`,
  };
}

function numbers(version: string): number[] {
  return version.replace(/^\D*/, '').split('.').map(Number);
}

/** Of Linux: the C library, whose age decides whether ONNX Runtime's binary loads. */
function libc(): string {
  if (process.platform !== 'linux') return '';
  const report = process.report as unknown as
    | { excludeNetwork: boolean; getReport(): { header: { glibcVersionRuntime?: string } } }
    | undefined;
  if (!report) return '';
  // Names of hosts would be looked up.
  report.excludeNetwork = true;
  const version = report.getReport().header.glibcVersionRuntime;
  return version ? ` (glibc ${version})` : ' (no glibc)';
}
