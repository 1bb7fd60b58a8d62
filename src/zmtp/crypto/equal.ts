/** Comparisons that take the same time wherever the octets differ, so that a clock tells nothing about secrets. */

/** Whether both hold the same octets. Their lengths are no secret. */
export function equal(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let i = 0; i < left.length; i += 1) difference |= (left[i] ?? 0) ^ (right[i] ?? 0);
  return difference === 0;
}

/** Whether every octet is zero. */
export function isZero(octets: Uint8Array): boolean {
  let any = 0;
  for (const octet of octets) any |= octet;
  return any === 0;
}
