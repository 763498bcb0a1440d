import { Counter, type Registry } from 'prom-client';

export interface LogMetrics {
  readonly recordLostLine: () => void;
}

export function logMetrics(registry: Registry): LogMetrics {
  const lost = new Counter({
    name: 'lockstep_log_lines_lost_total',
    help: 'Lines of the log that were lost, because the disk was full or nothing read the output.',
    registers: [registry],
  });
  return { recordLostLine: () => lost.inc() };
}
