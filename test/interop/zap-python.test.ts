/** Who may come in, with the libzmq of python3-zmq. */
import { runZap } from './zap.ts';

await runZap('python');
