import { openNative } from './native-request.js';

/** Tells the control server, by the most primitive means an engine has; taken before a profile breaks anything. */
export type Report = (kind: string, detail: unknown) => void;

const PIECE_CHARACTERS = 1500;

/** Makes a {@link Report} for one load of one cell. */
export function makeReport(control: string, id: string): Report {
  const Request = nativeRequest();
  let count = 0;
  return (kind, detail) => {
    const number = ++count;
    const text = JSON.stringify({ kind, detail: detail ?? null });
    if (Request) post(new Request(), `${control}/report?cell=${id}`, text);
    else sendByImages(`${control}/piece?cell=${id}&number=${String(number)}`, text);
  };
}

function nativeRequest(): (new () => XMLHttpRequest) | null {
  try {
    const Request = window.XMLHttpRequest;
    new Request();
    return Request;
  } catch {
    return null;
  }
}

function post(request: XMLHttpRequest, path: string, text: string): void {
  openNative(request, 'POST', path);
  request.setRequestHeader('Content-Type', 'text/plain');
  request.send(text);
}

/** Addresses have a length that everything takes. */
function sendByImages(path: string, text: string): void {
  const encoded = encodeURIComponent(text);
  const total = Math.ceil(encoded.length / PIECE_CHARACTERS);
  for (let index = 0; index < total; index++) {
    const piece = encoded.slice(index * PIECE_CHARACTERS, (index + 1) * PIECE_CHARACTERS);
    const image = new Image();
    kept.push(image);
    // An escape that was cut in two is put together again: the server joins the pieces before it decodes them.
    image.src = `${path}&index=${String(index)}&total=${String(total)}&piece=${encodeURIComponent(piece)}`;
  }
}

/** An image that nothing holds may be collected before it is asked for. */
const kept: HTMLImageElement[] = [];
