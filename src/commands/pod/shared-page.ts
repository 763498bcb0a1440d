import { Buffer } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';

/** A page takes some milliseconds of CPU time, so this bounds the share that all readers take together. */
const PAUSE_MS = 100;

/**
 * Renders one page at a time, for all requests that wait for it, and then pauses. A page is never older than its
 * request.
 */
export function sharedPage(render: () => Promise<string>): () => Promise<Buffer> {
  let next: Promise<Buffer> | undefined;
  let idle: Promise<unknown> = Promise.resolve();
  const pause = (): Promise<void> => sleep(PAUSE_MS, undefined, { ref: false });
  return () => {
    next ??= idle.then(() => {
      next = undefined;
      const page = render().then((text) => Buffer.from(text, 'utf8'));
      idle = page.then(pause, pause);
      return page;
    });
    return next;
  };
}
