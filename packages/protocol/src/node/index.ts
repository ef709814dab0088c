export { closeWhenEnded } from './close-when-ended.js';
export { maskedBinaryFrame, textFrame } from './frames.js';
export { nodeCodecs } from './node-codecs.js';
export { decodeUtf8, encodeUtf8 } from './utf8.js';
