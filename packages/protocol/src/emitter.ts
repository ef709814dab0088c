/** What `on` and `once` call. */
export type Listener<Argument> = (argument: Argument) => void;

type Lists<Events> = { [Name in keyof Events]?: readonly Listener<Events[Name]>[] };

/** Typed events. A listener that throws stops neither the others nor the session: its error is surfaced as the application's own. */
export abstract class Emitter<Events> {
  private _lists: Lists<Events> = {};

  /** Calls `listener` at every `name` event, in the order of registration. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    // Most lists hold one, and what grows by `push` has room for 17.
    this._lists[name] = (this._lists[name] ?? []).concat([listener]);
    this._listening(name);
    return this;
  }

  /** Like {@link on}, for the next `name` event only. */
  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    const once: Listener<Events[Name]> & { _of?: Listener<Events[Name]> } = (argument) => {
      this.off(name, once);
      listener(argument);
    };
    once._of = listener;
    return this.on(name, once);
  }

  /** Removes `listener`, however it was added. */
  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    this._lists[name] = this._lists[name]?.filter(
      (other: Listener<Events[Name]> & { _of?: Listener<Events[Name]> }) =>
        other !== listener && other._of !== listener,
    );
    return this;
  }

  /** @internal */
  protected _has(name: keyof Events): boolean {
    return (this._lists[name]?.length ?? 0) > 0;
  }

  /** Calls the listeners; `false` if one of them threw. @internal */
  protected _emit<Name extends keyof Events>(name: Name, argument: Events[Name]): boolean {
    const list = this._lists[name];
    let isFine = true;
    if (list) {
      for (const listener of list) {
        try {
          listener(argument);
        } catch (error) {
          isFine = false;
          this._threw(error);
        }
      }
    }
    return isFine;
  }

  /** @internal */
  protected abstract _listening(name: keyof Events): void;

  /** @internal */
  protected abstract _threw(error: unknown): void;
}
