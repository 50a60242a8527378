import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What nvidia-smi says of the first GPU; undefined where there is no such command. */
async function query(what: string): Promise<string | undefined> {
  const args = [`--query-gpu=${what}`, '--format=csv,noheader,nounits'];
  const said = await run('nvidia-smi', args, { timeout: 10_000 }).catch(() => undefined);
  return said?.stdout.split('\n')[0]?.trim();
}

/** MiB in use on the GPU, by everybody. */
export async function gpuMemory(): Promise<number | undefined> {
  const used = await query('memory.used');
  return used === undefined ? undefined : Number(used);
}

/** The GPU and its driver, as far as the system tells. */
export async function gpuName(): Promise<string> {
  const nvidia = await query('name,driver_version');
  if (nvidia !== undefined) return nvidia.replace(', ', ', driver ');
  const { VK_DRIVER_FILES: driver } = process.env;
  return driver ? `Vulkan by ${basename(driver)}` : 'No GPU that the system names';
}
