/** Bundles src/app.js of the project in the working folder with webpack, without any configuration of ours. */
import { resolve } from 'node:path';
import webpack from 'webpack';

webpack(
  {
    mode: 'production',
    context: process.cwd(),
    entry: './src/app.js',
    output: { path: resolve(process.argv[2]), filename: 'app.mjs' },
  },
  (error, stats) => {
    if (error || stats.hasErrors()) {
      console.error(error ?? stats.toString({ all: false, errors: true, warnings: true }));
      process.exitCode = 1;
    }
  },
);
