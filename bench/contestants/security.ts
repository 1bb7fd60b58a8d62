/** How the ends of a row prove who they are. The options have the same names with `zmtp` and with npm `zeromq`. */

/** As both libraries' `curveKeyPair()` makes it, in Z85. */
export interface KeyPair {
  readonly publicKey: string;
  readonly secretKey: string;
}

/** What the bench tells both ends. The keys and the password are those of one measurement. */
export type Security =
  | { readonly mechanism: 'NULL' }
  | { readonly mechanism: 'PLAIN'; readonly username: string; readonly password: string }
  | { readonly mechanism: 'CURVE'; readonly server: KeyPair; readonly client: KeyPair };

export const NO_SECURITY: Security = { mechanism: 'NULL' };

interface ServerOptions {
  readonly plainServer?: boolean;
  readonly curveServer?: boolean;
  readonly curvePublicKey?: string;
  readonly curveSecretKey?: string;
}

interface ClientOptions {
  readonly plainUsername?: string;
  readonly plainPassword?: string;
  readonly curveServerKey?: string;
  readonly curvePublicKey?: string;
  readonly curveSecretKey?: string;
}

/** For the side that binds. */
export function serverOptions(security: Security): ServerOptions {
  switch (security.mechanism) {
    case 'NULL':
      return {};
    case 'PLAIN':
      return { plainServer: true };
    case 'CURVE': {
      const { publicKey, secretKey } = security.server;
      return { curveServer: true, curvePublicKey: publicKey, curveSecretKey: secretKey };
    }
  }
}

/** For the side that connects. */
export function clientOptions(security: Security): ClientOptions {
  switch (security.mechanism) {
    case 'NULL':
      return {};
    case 'PLAIN':
      return { plainUsername: security.username, plainPassword: security.password };
    case 'CURVE': {
      const { publicKey, secretKey } = security.client;
      return { curveServerKey: security.server.publicKey, curvePublicKey: publicKey, curveSecretKey: secretKey };
    }
  }
}
