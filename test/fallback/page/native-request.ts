type Method = (...args: unknown[]) => void;

/** What the engine's own XMLHttpRequest can do, whatever a profile makes of it later. */
interface NativeRequests {
  readonly open: Method | undefined;
  readonly text: ((this: XMLHttpRequest) => unknown) | undefined;
}

const natives: NativeRequests = look();

function look(): NativeRequests {
  try {
    const prototype = window.XMLHttpRequest.prototype as unknown as Record<string, Method>;
    const text = Object.getOwnPropertyDescriptor(prototype, 'responseText') as
      { get?: NativeRequests['text'] } | undefined;
    return { open: prototype['open'], text: text?.get };
  } catch {
    return { open: undefined, text: undefined };
  }
}

/** Opens it, to whatever origin. */
export function openNative(request: XMLHttpRequest, method: string, url: string): void {
  if (natives.open) natives.open.call(request, method, url, true);
  else request.open(method, url, true);
}

/** What of the answer has come. */
export function nativeText(request: XMLHttpRequest): string {
  return natives.text ? String(natives.text.call(request)) : request.responseText;
}
