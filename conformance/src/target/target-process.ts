/**
 * A target behind its adaptor: a child process that is told and asked in JSON lines. Commands carry a number that comes
 * back with the answer; what nobody asked for (messages, ZAP requests) goes to whom it concerns by its `sid`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Answer, Hello } from './protocol.ts';

/** What the target said it cannot do. The case is skipped. */
export class Unsupported extends Error {}

/** The target's process ended: by a signal, or with a status. */
export class Crashed extends Error {
  readonly how: string;
  constructor(how: string, lastWords: string) {
    super(`the target's process ended: ${how}${lastWords === '' ? '' : `\n${lastWords}`}`);
    this.how = how;
  }
}

/** The adaptor does not keep to the protocol, or does not answer. */
export class BadAdaptor extends Error {}

export interface TargetCommand {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** How long an adaptor may take for an answer that waits for nothing. */
const ANSWER_MS = 15_000;
const LAST_WORDS = 2_000;

/** What a trial needs of a target, whether there is a process behind or an address alone. */
export interface Target {
  readonly hello: Hello;
  /** Whether there is an application to ask: without one, messages can neither be sent nor received. */
  readonly application: boolean;
  readonly over: Error | undefined;
  ask(fields: Readonly<Record<string, unknown>>, withinMs?: number): Promise<Answer>;
  listen(name: string, listener: (event: Answer) => void): void;
  forget(name: string): void;
  stop(): Promise<void>;
}

export class TargetProcess implements Target {
  readonly application = true;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (cause: Error) => void }>();
  readonly #listeners = new Map<string, (event: Answer) => void>();
  #nextRef = 1;
  #over: Error | undefined;
  #asked = false;
  #lastWords = '';
  #hello: Hello | undefined;
  readonly #gone: Promise<void>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
    });
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', line => this.#take(line));
    child.stdin?.on('error', () => undefined); // its end is told of below
    this.#gone = new Promise(resolve => {
      child.on('error', cause => {
        this.#end(new BadAdaptor(`cannot be started: ${cause.message}`));
        resolve();
      });
      child.on('close', (code, signal) => {
        this.#end(new Crashed(signal ?? `exit ${code ?? '?'}`, this.#lastWords));
        resolve();
      });
    });
  }

  /** Starts it and asks who it is. */
  static async start({ command: [program, ...args], env = {}, cwd }: TargetCommand): Promise<TargetProcess> {
    if (program === undefined) throw new BadAdaptor('no command');
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    const target = new TargetProcess(child);
    try {
      target.#hello = helloFrom(await target.ask({ do: 'hello' }));
    } catch (cause) {
      await target.stop();
      throw cause;
    }
    return target;
  }

  get hello(): Hello {
    if (this.#hello === undefined) throw new BadAdaptor('has not said hello');
    return this.#hello;
  }

  /** Set once the process has ended, whoever wanted it. */
  get over(): Error | undefined {
    return this.#over;
  }

  /** @throws Unsupported, Crashed, BadAdaptor */
  ask(fields: Readonly<Record<string, unknown>>, withinMs: number = ANSWER_MS): Promise<Answer> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    const ref = this.#nextRef;
    this.#nextRef += 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(ref);
        reject(new BadAdaptor(`no answer to ${JSON.stringify(fields)} in ${withinMs} ms`));
      }, withinMs);
      this.#waiting.set(ref, {
        resolve: answer => {
          clearTimeout(timer);
          if (answer.event === 'unsupported') reject(new Unsupported(String(answer['what'])));
          else if (answer.event === 'failed') reject(new BadAdaptor(String(answer['why'])));
          else resolve(answer);
        },
        reject: cause => {
          clearTimeout(timer);
          reject(cause);
        },
      });
      this.#child.stdin?.write(`${JSON.stringify({ ...fields, ref })}\n`);
    });
  }

  /** @param name - a sid, or `zap CONTEXT` */
  listen(name: string, listener: (event: Answer) => void): void {
    this.#listeners.set(name, listener);
  }

  forget(name: string): void {
    this.#listeners.delete(name);
  }

  /** Asks it to go, and sees to it. */
  async stop(): Promise<void> {
    this.#asked = true;
    this.#child.stdin?.end(`${JSON.stringify({ do: 'exit', ref: 0 })}\n`);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2_000);
    await this.#gone;
    clearTimeout(timer);
  }

  #take(line: string): void {
    const said = answerIn(line);
    if (said === undefined) {
      this.#lastWords = `${this.#lastWords}${line}\n`.slice(-LAST_WORDS); // a library that prints
      return;
    }
    if (typeof said.ref === 'number') {
      const waiting = this.#waiting.get(said.ref);
      this.#waiting.delete(said.ref);
      waiting?.resolve(said);
      return;
    }
    const name = said.event === 'zap-request' ? `zap ${String(said['context'])}` : String(said['sid']);
    try {
      this.#listeners.get(name)?.(said);
    } catch (cause) {
      this.#end(cause instanceof Error ? cause : new BadAdaptor(String(cause)));
    }
  }

  #end(cause: Error): void {
    this.#over ??= this.#asked ? new BadAdaptor('has been stopped') : cause;
    for (const { reject } of this.#waiting.values()) reject(this.#over);
    this.#waiting.clear();
  }
}

function answerIn(line: string): Answer | undefined {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null ? (said as Answer) : undefined;
  } catch {
    return undefined;
  }
}

function helloFrom(answer: Answer): Hello {
  const { name, version, library, capabilities } = answer;
  if (typeof name !== 'string' || typeof version !== 'string' || !Array.isArray(capabilities)) {
    throw new BadAdaptor(`hello is answered with ${JSON.stringify(answer)}`);
  }
  const named = typeof library === 'string' ? { library } : {};
  return { name, version, ...named, capabilities: capabilities.map(String) };
}
