import type { Data, Environment } from '../environment.js';
import { escapePart, makeMessage } from '../message.js';
import type { Outgoing } from '../outbox.js';

/** A message for many sessions, which all hold this one object. */
export class SharedMessage implements Outgoing {
  readonly data: Data;
  readonly bytes: number;
  readonly ownBytes = 0;
  readonly isPlain: boolean;
  private readonly _env: Environment;
  private _line: string | undefined;

  constructor(env: Environment, data: Data) {
    const own = makeMessage(env, data);
    this.data = own.data;
    this.bytes = own.bytes;
    this.isPlain = own.isPlain;
    this._env = env;
  }

  /** Made for the first session that sends it so. */
  get line(): string | undefined {
    if (typeof this.data === 'string') this._line ??= `t${escapePart(this._env, this, this.data)}\n`;
    return this._line;
  }
}
