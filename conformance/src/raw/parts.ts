/** Messages as texts: for cases about what arrives, not about octets. An empty text is an empty part. */
import { ascii, same, toAscii } from './octets.ts';

export function parts(...texts: readonly string[]): readonly Uint8Array[] {
  return texts.map(ascii);
}

export function sameParts(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return (
    a.length === b.length &&
    a.every((part, i) => {
      const other = b[i];
      return other !== undefined && same(part, other);
    })
  );
}

/** For a token: `q1`, or `id+(empty)+q1`. */
export function told(message: readonly Uint8Array[]): string {
  return message.map(part => (part.length === 0 ? '(empty)' : toAscii(part))).join('+');
}
