export type { ClientSession, TransportName } from '@holdfast/protocol';
