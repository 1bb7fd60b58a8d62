/** ZMTP's traffic frames with nothing around them: the least that a program on bare sockets has to do. */

/** Told of each frame: its body is `size` octets of `octets` from `start` on. */
export type FrameSink = (octets: Uint8Array, start: number, size: number, more: boolean) => void;

const MORE = 0b001;
const LONG = 0b010;
const SHORT_HEAD = 2;
const LONG_HEAD = 9;

export function headLength(size: number): number {
  return size <= 0xff ? SHORT_HEAD : LONG_HEAD;
}

/** Writes a frame's head at `at` and tells where its body begins. */
export function putHead(octets: Uint8Array, at: number, size: number, more: 0 | 1): number {
  if (size <= 0xff) {
    octets[at] = more;
    octets[at + 1] = size;
    return at + SHORT_HEAD;
  }
  octets[at] = more | LONG;
  octets.fill(0, at + 1, at + 5); // no body here needs more than four octets of the eight
  octets[at + 5] = size >>> 24;
  octets[at + 6] = size >>> 16;
  octets[at + 7] = size >>> 8;
  octets[at + 8] = size;
  return at + LONG_HEAD;
}

/** A reader of one connection: bodies that lie in one chunk are not copied, those cut in two are put together. */
export function frameReader(sink: FrameSink): (chunk: Uint8Array) => void {
  const head = new Uint8Array(LONG_HEAD);
  let headFilled = 0;
  let body: Uint8Array | undefined; // begun in an earlier chunk
  let bodyFilled = 0;
  let bodyMore = false;

  return chunk => {
    const end = chunk.length;
    let at = 0;
    if (body !== undefined) {
      at = Math.min(body.length - bodyFilled, end);
      body.set(at === end ? chunk : chunk.subarray(0, at), bodyFilled);
      bodyFilled += at;
      if (bodyFilled < body.length) return;
      sink(body, 0, body.length, bodyMore);
      body = undefined;
    }
    while (at < end) {
      let size: number;
      let flags: number;
      if (headFilled === 0 && end - at >= LONG_HEAD) {
        flags = chunk[at] ?? 0;
        size = (flags & LONG) === 0 ? (chunk[at + 1] ?? 0) : longSize(chunk, at + 5);
        at += (flags & LONG) === 0 ? SHORT_HEAD : LONG_HEAD;
      } else {
        head[headFilled] = chunk[at] ?? 0;
        headFilled += 1;
        at += 1;
        flags = head[0] ?? 0;
        if (headFilled < ((flags & LONG) === 0 ? SHORT_HEAD : LONG_HEAD)) continue;
        size = (flags & LONG) === 0 ? (head[1] ?? 0) : longSize(head, 5);
        headFilled = 0;
      }
      if (end - at >= size) {
        sink(chunk, at, size, (flags & MORE) !== 0);
        at += size;
      } else {
        body = Buffer.allocUnsafeSlow(size);
        body.set(chunk.subarray(at, end));
        bodyFilled = end - at;
        bodyMore = (flags & MORE) !== 0;
        return;
      }
    }
  };
}

function longSize(octets: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [octets[at], octets[at + 1], octets[at + 2], octets[at + 3]];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
