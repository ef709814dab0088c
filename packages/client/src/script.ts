export { connect } from './connect.js';
export { version } from '../package.json';
