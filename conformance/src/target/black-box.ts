/**
 * A target that is nothing but an address: `tcp://host:port`. What can be seen from the wire is judged; what takes its
 * application, or settings of its own, is not, and says so.
 */
import { dial } from '../raw/raw-listener.ts';
import { WireLog } from '../raw/wire-log.ts';
import type { Answer, Hello, SocketType } from './protocol.ts';
import { Unsupported, type Target } from './target-process.ts';

/** Settings that make no difference to who only listens. */
const NO_MATTER: ReadonlySet<string> = new Set(['lingerMs', 'reconnectMs']);
/** How long it may take to answer the first call. */
const REACH_MS = 5_000;

export class BlackBox implements Target {
  readonly application = false;
  readonly over = undefined;
  readonly hello: Hello;
  readonly #endpoint: string;
  readonly #type: SocketType;

  private constructor(endpoint: string, type: SocketType) {
    this.#endpoint = endpoint;
    this.#type = type;
    // Nobody says which version it is: that is left empty.
    this.hello = {
      name: endpoint,
      version: '',
      capabilities: ['role:bind', 'mech:NULL', 'transport:tcp', `type:${type}`],
    };
  }

  /**
   * @param endpoint - `tcp://host:port`
   * @param type - of the socket that listens there
   * @throws Unreached when nobody does
   */
  static async reach(endpoint: string, type: SocketType): Promise<BlackBox> {
    const peer = await dial(endpoint, REACH_MS, new WireLog());
    peer.destroy();
    return new BlackBox(endpoint, type);
  }

  ask(fields: Readonly<Record<string, unknown>>): Promise<Answer> {
    switch (fields['do']) {
      case 'open':
        return this.#open(fields);
      case 'close':
      case 'end-context':
        return Promise.resolve({ ref: 0, event: 'done' });
      default:
        return Promise.reject(new Unsupported('an application, which only an adaptor has'));
    }
  }

  listen(): void {
    // nothing is ever told
  }

  forget(): void {
    // nothing is ever told
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  #open({ type, role, options }: Readonly<Record<string, unknown>>): Promise<Answer> {
    const asked = Object.entries(options ?? {}).filter(
      ([name, value]) => !NO_MATTER.has(name) && !(name === 'mechanism' && value === 'NULL'),
    );
    const lacking =
      asked.length > 0
        ? `the option ${asked[0]?.[0] ?? ''}, which only an adaptor can set`
        : role !== 'bind'
          ? 'a target that connects'
          : type !== this.#type
            ? `type:${String(type)}`
            : undefined;
    if (lacking !== undefined) return Promise.reject(new Unsupported(lacking));
    return Promise.resolve({ ref: 0, event: 'opened', endpoint: this.#endpoint });
  }
}
