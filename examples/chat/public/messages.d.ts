/** What the server of this example sends. */
export type ServerMessage = ChatMessage | NumberMessage;

export type ChatMessage =
  { type: 'welcome'; history: Said[] } | Said | { type: 'people'; count: number; names: string[] };

export interface Said {
  type: 'said';
  id: number;
  from: string;
  name: string;
  text: string;
  key: string;
  at: number;
}

export type NumberMessage =
  | { type: 'number'; n: number }
  | { type: 'counted'; n: number; received: number; lost: number; duplicated: number; outOfOrder: number }
  | { type: 'rested'; sent: number };
