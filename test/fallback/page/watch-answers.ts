const LOOK_EVERY_MS = 250;
const DONE = 4;

/** Looks at how long the answers grow that XMLHttpRequest keeps: they are memory that a page doesn't get back before they end. */
export function watchAnswers(): () => number {
  let longest = 0;
  let requests: XMLHttpRequest[] = [];
  const look = (): void => {
    const still: XMLHttpRequest[] = [];
    for (const request of requests) {
      if (request.readyState < DONE && request.readyState > 0) still.push(request);
      longest = Math.max(longest, lengthOf(request));
    }
    requests = still;
  };
  try {
    const prototype = window.XMLHttpRequest.prototype as unknown as Record<string, (...args: unknown[]) => void>;
    const send = prototype['send'];
    prototype['send'] = function (this: XMLHttpRequest, ...args: unknown[]) {
      requests.push(this);
      send?.apply(this, args);
    };
    setInterval(look, LOOK_EVERY_MS);
  } catch {
    // Not here: the longest is 0, which says so.
  }
  return () => {
    look();
    return longest;
  };
}

function lengthOf(request: XMLHttpRequest): number {
  try {
    return request.responseText.length;
  } catch {
    return 0;
  }
}
