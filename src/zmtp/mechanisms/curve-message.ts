/**
 * MESSAGE (RFC 26), in which every frame travels behind a handshake of CURVE:
 *
 *      | 07 | MESSAGE | counter (8) | tag (16) | flags (1) | payload |       what follows the tag is sealed
 *      0             8             16         32          33
 *
 *      flags   7 6 5 4 3 2 | 1 COMMAND | 0 MORE                              the outer frame's bits are others (frame.ts)
 *
 * The RFC has MESSAGE in a command frame and knows no COMMAND bit within. libzmq sends it in a message frame, drops any
 * other, and marks its commands by that bit; so what is sent here is libzmq's form, and both are understood.
 */
import { ascii, concat } from '../octets.ts';

/** What every MESSAGE begins with. */
export const MESSAGE: Uint8Array = concat(Uint8Array.of(7), ascii('MESSAGE'));

/** Where the parts of a MESSAGE begin. */
export const COUNTER_AT = 8;
export const BOX_AT = 16;
export const FLAGS_AT = 32;
export const PAYLOAD_AT = 33;

/** COMMAND among the flags within; MORE is as outside. */
export const INNER_COMMAND = 0b10;
/** The flags within that mean nothing, and are zero. */
export const RESERVED = 0b1111_1100;
