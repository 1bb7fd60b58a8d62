/** This package by its plain API, as in `zmtp.ts`, over a Unix socket; in the roles of a flow. */
import { Pull } from '../../src/index.ts';
import type { Contestant } from './contestant.ts';
import { socketPath } from './socket-path.ts';
import { BACKLOG, endpointOf, plain, takeAll } from './zmtp.ts';

export const overIpc: Contestant = {
  ...plain,

  async pull(tally) {
    const pull = new Pull({ backlog: BACKLOG });
    await pull.bind(`ipc://${socketPath()}`);
    void takeAll(pull, tally);
    return endpointOf(pull);
  },
};
