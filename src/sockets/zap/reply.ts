/**
 * What an answer about a peer comes to. Only a sound 200 lets anybody in; whatever cannot be read lets nobody in.
 *
 *      from a handler      (empty) | "1.0" | "1" | status | text | user id | metadata     RFC 27, always seven frames
 *      from a function     { status, text, userId, metadata }
 */
import type { Answer } from '../../engine/gatekeeper.ts';
import { AuthenticationError, ProtocolError, type ErrorCode } from '../../errors.ts';
import type { Message } from '../../message.ts';
import { decodeProperties, Metadata, type Property } from '../../zmtp/metadata.ts';
import { ascii, latin1, printable } from '../../zmtp/octets.ts';
import type { AuthenticationReply } from './authenticator.ts';

/** RFC 27: the version of the protocol, and the number of a request, of which each connection makes one. */
export const ZAP_VERSION = '1.0';
export const REQUEST_ID = '1';

/** What an answer may hold, all together: it is kept for as long as the connection. */
const REPLY_MAX_BYTES = 64 * 1024;
const FRAMES = 7;
const NAME_MAX = 255;
const TEXT_SHOWN = 255;

/** Whether a peer that is said to be of that type may talk to the socket. */
export type Fits = (socketType: string) => boolean;

/** What a handler has answered. */
export function answerOfFrames(frames: Message, fits: Fits): Answer {
  const [delimiter, version, id, status, text, userId, metadata] = frames;
  if (
    frames.length !== FRAMES ||
    delimiter === undefined ||
    version === undefined ||
    id === undefined ||
    status === undefined ||
    text === undefined ||
    userId === undefined ||
    metadata === undefined
  ) {
    return fault('ERR_ZAP_MALFORMED_REPLY', `reply of ${String(frames.length)} frames, expected ${String(FRAMES)}`);
  }
  if (delimiter.length > 0) return fault('ERR_ZAP_MALFORMED_REPLY', 'reply without the empty frame in front');
  const size = frames.reduce((sum, frame) => sum + frame.length, 0);
  if (size > REPLY_MAX_BYTES) return tooLarge(size);
  if (latin1(version) !== ZAP_VERSION) {
    return fault('ERR_ZAP_BAD_VERSION', `reply of version "${printable(version)}", expected ${ZAP_VERSION}`);
  }
  if (latin1(id) !== REQUEST_ID) {
    return fault('ERR_ZAP_BAD_REQUEST_ID', `reply to request "${printable(id)}", expected ${REQUEST_ID}`);
  }
  const code = STATUSES.find(known => String(known) === latin1(status));
  if (code === undefined) {
    return fault('ERR_ZAP_INVALID_STATUS_CODE', `status "${printable(status)}", expected ${EXPECTED}`);
  }
  const properties = decoded(metadata);
  if (properties instanceof ProtocolError) return properties;
  const userText = Buffer.from(userId).toString();
  return conclude({ status: code, text: Buffer.from(text).toString(), userId: userText, properties }, fits);
}

/** What a function has answered, whatever it is. */
export function answerOfFunction(reply: unknown, fits: Fits): Answer {
  if (typeof reply !== 'object' || reply === null) {
    return fault('ERR_ZAP_MALFORMED_REPLY', `the authenticator answered ${kindOf(reply)}, expected an object`);
  }
  const given: Partial<Readonly<Record<keyof AuthenticationReply, unknown>>> = reply;
  const { status, text = '', userId = '', metadata = {} } = given;
  const code = STATUSES.find(known => known === status);
  if (code === undefined) {
    const shown = typeof status === 'number' ? String(status) : kindOf(status);
    return fault('ERR_ZAP_INVALID_STATUS_CODE', `the authenticator answered status ${shown}, expected ${EXPECTED}`);
  }
  if (typeof text !== 'string') return notText('text', text);
  if (typeof userId !== 'string') return notText('userId', userId);
  const properties = propertiesOf(metadata);
  if (properties instanceof ProtocolError) return properties;
  const size = properties.reduce(
    (sum, { name, value }) => sum + name.length + value.length,
    Buffer.byteLength(text) + Buffer.byteLength(userId),
  );
  if (size > REPLY_MAX_BYTES) return tooLarge(size);
  return conclude({ status: code, text, userId, properties }, fits);
}

/**
 * The function has failed: nobody knows whether the peer may come in. RFC 27 has 500 for that, which keeps a client away for
 * good; what has failed may work again in a moment.
 */
export function failedAuthenticator(cause: unknown): Answer {
  return new AuthenticationError('ERR_ZAP_REFUSED', 'status 300: the authenticator has failed', FOR_NOW, { cause });
}

const STATUSES = [200, 300, 400, 500] as const;
const EXPECTED = '200, 300, 400 or 500';
const FOR_NOW = 300;

/** What can be read of an answer. */
interface Verdict {
  readonly status: (typeof STATUSES)[number];
  readonly text: string;
  readonly userId: string;
  readonly properties: readonly Property[];
}

function conclude({ status, text, userId, properties }: Verdict, fits: Fits): Answer {
  const metadata = new Metadata(properties);
  if (!metadata.all('Socket-Type').every(type => fits(latin1(type)))) {
    return fault('ERR_ZAP_INVALID_METADATA', 'metadata with a Socket-Type that may not talk to this socket');
  }
  if (status === 200) return { userId, metadata };
  const reason = text === '' ? '' : `: ${printable(ascii(text), TEXT_SHOWN)}`;
  return new AuthenticationError(
    'ERR_ZAP_REFUSED',
    `the peer was refused with status ${String(status)}${reason}`,
    status,
  );
}

function decoded(octets: Uint8Array): readonly Property[] | ProtocolError {
  try {
    return decodeProperties(octets).properties;
  } catch (error) {
    if (error instanceof ProtocolError) return fault('ERR_ZAP_INVALID_METADATA', error.message);
    throw error;
  }
}

function propertiesOf(metadata: unknown): readonly Property[] | ProtocolError {
  if (typeof metadata !== 'object' || metadata === null) {
    return fault('ERR_ZAP_INVALID_METADATA', `the authenticator answered metadata that are ${kindOf(metadata)}`);
  }
  const properties: Property[] = [];
  for (const [name, value] of Object.entries<unknown>({ ...metadata })) {
    const length = Buffer.byteLength(name);
    if (length < 1 || length > NAME_MAX) {
      const what = `metadata with a name of ${String(length)} octets, expected 1 to ${String(NAME_MAX)}`;
      return fault('ERR_ZAP_INVALID_METADATA', what);
    }
    if (typeof value !== 'string') {
      return fault('ERR_ZAP_INVALID_METADATA', `metadata with ${kindOf(value)} in place of a text`);
    }
    properties.push({ name, value: Buffer.from(value) });
  }
  return properties;
}

function notText(what: string, value: unknown): ProtocolError {
  return fault('ERR_ZAP_MALFORMED_REPLY', `the authenticator answered a ${what} that is ${kindOf(value)}, no text`);
}

function tooLarge(size: number): ProtocolError {
  return fault('ERR_ZAP_MALFORMED_REPLY', `reply of ${String(size)} octets, limit ${String(REPLY_MAX_BYTES)}`);
}

/** A value's kind and never the value. */
function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

function fault(code: ErrorCode, what: string): ProtocolError {
  return new ProtocolError(code, what);
}
