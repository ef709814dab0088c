/** The version of the wire protocol that this package speaks. */
export const PROTOCOL_VERSION = 1;
