/** Messages, part by part; and as texts, for cases about what arrives, not about octets: an empty text is an empty part. */
import { ascii, same, toAscii } from './octets.ts';

/** The frames of one message. */
export type Parts = readonly Uint8Array[];

export function parts(...texts: readonly string[]): Parts {
  return texts.map(ascii);
}

export function sameParts(a: Parts, b: Parts): boolean {
  return (
    a.length === b.length &&
    a.every((part, i) => {
      const other = b[i];
      return other !== undefined && same(part, other);
    })
  );
}

/** For a token: `q1`, or `id+(empty)+q1`. */
export function told(message: Parts): string {
  return message.map(part => (part.length === 0 ? '(empty)' : toAscii(part))).join('+');
}
