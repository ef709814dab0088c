export { SERVER_PROTOCOL_VERSION, acceptKind } from './placeholder.js';
