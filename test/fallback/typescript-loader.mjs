// Lets Node 20 import TypeScript: `node --import ./typescript-loader.mjs file.ts`. The sources stay where they are, so that what they say of
// their own place is true.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
