import { utf8Length, wholeFrame, type OpenSocket } from '@holdfast/protocol';

/** WebSockets of the browser. The constructor throws where there are none: `typeof` proves nothing (NetSurf), and a CSP may forbid them. */
export function browserSocket(url: string): OpenSocket {
  return (events) => {
    const socket = new WebSocket(url.replace('http', 'ws'));
    let isOpen = false;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      isOpen = true;
      events.open();
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') events.message(data, utf8Length(data));
      else events.message(new Uint8Array(data), data.byteLength);
    };
    // Nothing is sent before `open`, so nothing can have arrived.
    socket.onclose = ({ code, reason }) => events.close(`WebSocket closed: ${code} ${reason}`, isOpen);
    return {
      send(frame) {
        const data = wholeFrame(frame);
        // As an ArrayBuffer: engines of 2012 turn a view into text.
        socket.send(typeof data === 'string' ? data : new Uint8Array(data).buffer);
      },
      bufferedAmount: () => socket.bufferedAmount,
      close() {
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close();
      },
    };
  };
}
