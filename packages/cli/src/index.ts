export { EXIT } from './exit-codes.ts';
export { main } from './main.ts';
