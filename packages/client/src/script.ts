export { connect, type ScriptOptions } from './script-connect.js';
export { Uint8Array } from './es5-bytes.js';
export { version } from '../package.json';
