/** Who may come in, with the libzmq of npm zeromq. */
import { runZap } from './zap.ts';

await runZap('npm');
