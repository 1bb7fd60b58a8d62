/** Some lines of Python that know pyzmq: JSON goes in as `given`, what they put into `answer` comes back. */
import { execFileSync } from 'node:child_process';
import { deadlineMs } from './deadline.ts';

const python = process.env['ZMTP_PYTHON'] ?? '/usr/bin/python3';

/** @throws when Python fails, or pyzmq cannot be had: that is a failure, never a reason to skip */
export function runPython(lines: string, given: unknown): unknown {
  const program = `import json, sys, zmq\ngiven = json.load(sys.stdin)\n${lines}\njson.dump(answer, sys.stdout)\n`;
  const input = JSON.stringify(given);
  return JSON.parse(execFileSync(python, ['-c', program], { input, timeout: deadlineMs, encoding: 'utf8' }));
}
