// The lab's program, compiled for this machine: what it answers is what the
// page must show.

import { spawnSync } from 'node:child_process';

/** A function that asks the program `file`, and gives its answer. */
export function native(file) {
  return (request) => {
    const run = spawnSync(file, { input: request, maxBuffer: 1 << 26 });
    if (run.status !== 0) {
      throw new Error(`${file}, asked "${request}": ${run.stderr ?? run.error}`);
    }
    return JSON.parse(run.stdout.toString());
  };
}

/** The labs there are: the program names them when it is asked for none. */
export function labsOf(ask) {
  return ask('describe #v1;?').error.split('there are ')[1].split(', ');
}
