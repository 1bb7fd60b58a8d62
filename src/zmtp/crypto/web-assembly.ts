/** The little of WebAssembly that we use, which neither ECMAScript's types nor the wire's own tell. */

/** What `WebAssembly` is where there is one. Both constructors throw at what they do not understand or are not allowed. */
export interface WebAssemblyHost {
  readonly Module: new (octets: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

declare const WebAssembly: WebAssemblyHost | undefined;

/** The host's, if it has one. */
export function hostWebAssembly(): WebAssemblyHost | undefined {
  return typeof WebAssembly === 'undefined' ? undefined : WebAssembly;
}
