/** This package by its plain API, as in `zmtp.ts`, over a Unix socket; in the roles of a flow. */
import { fileURLToPath } from 'node:url';
import { Pull } from '../../src/index.ts';
import type { Contestant } from './contestant.ts';
import { BACKLOG, endpointOf, plain, takeAll } from './zmtp.ts';

export const overIpc: Contestant = {
  ...plain,

  async pull(tally) {
    const pull = new Pull({ backlog: BACKLOG });
    // Beside the compiled children, with whom it is removed: a process that is killed leaves its file.
    await pull.bind(`ipc://${fileURLToPath(new URL(`${process.pid}.sock`, import.meta.url))}`);
    void takeAll(pull, tally);
    return endpointOf(pull);
  },
};
