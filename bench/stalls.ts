import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';

/**
 * Loaded before a program: asked by a parent for the cost, it says how long the event loop stood still at most since it
 * was told to begin, in milliseconds, and how much memory was held, in MiB.
 */
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

process.on('message', (word) => {
  if (word === 'begin') {
    delay.reset();
    return;
  }
  const [, peak = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  process.send?.({ stall: delay.max / 1e6, peak: Number(peak) / 1024 });
});
// Only the program itself keeps the process alive.
process.channel?.unref();
