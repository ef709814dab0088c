export { connect } from './script-connect.js';
export { version } from '../package.json';
