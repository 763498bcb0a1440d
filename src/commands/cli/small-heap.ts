import { setFlagsFromString } from 'node:v8';

/** For a command that reads a whole cluster, one object at a time. */
export function keepHeapSmall(): void {
  // Most of the data becomes garbage at once. By default V8 keeps 70 MB of it rather than collect it.
  setFlagsFromString('--optimize-for-size');
  // The threads that compile would each keep a few megabytes, and the command may wait for the compiler.
  setFlagsFromString('--no-concurrent-recompilation');
}
