/** What the cases are tried with: exact versions, raised by hand as those of package.json are. */
export const TOOLS = {
  '@oven/bun-linux-x64': '1.4.5',
  '@deno/linux-x64-glibc': '2.9.6',
  '@electron/asar': '3.4.1',
  '@rollup/plugin-commonjs': '29.0.3',
  '@rollup/plugin-node-resolve': '16.0.3',
  '@rspack/core': '2.3.3',
  '@sveltejs/adapter-static': '3.0.11',
  '@sveltejs/kit': '2.70.4',
  '@sveltejs/vite-plugin-svelte': '7.3.1',
  '@types/node': '20.19.43',
  electron: '45.5.0',
  esbuild: '0.28.2',
  jest: '30.5.2',
  next: '16.4.6',
  parcel: '2.16.4',
  react: '19.3.1',
  'react-dom': '19.3.1',
  rollup: '4.68.8',
  svelte: '5.57.3',
  typescript: '6.0.3',
  vite: '8.3.8',
  vitest: '4.1.12',
  webpack: '5.112.2',
} as const;

export type Tool = keyof typeof TOOLS;

/** The versions of some tools, as dependencies of a project. */
export function toolVersions(...names: Tool[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, TOOLS[name]]));
}
