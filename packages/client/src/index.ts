export { describeClient } from './core.js';
