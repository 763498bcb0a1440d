import { AsyncLocalStorage } from 'node:async_hooks';

/** Ends the current work with an error. Returns false if the work has ended before. */
const endCurrentWork = new AsyncLocalStorage<(error: unknown) => boolean>();

/**
 * Runs the work on one object. The promise also rejects with an error that no code of the work catches, as in a handler
 * of a socket that it opened. The process would end with such an error, and then with it the work on all objects.
 */
export function containErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  let isRunning = true;
  const end = (error: unknown): boolean => {
    const wasRunning = isRunning;
    isRunning = false;
    reject(error);
    return wasRunning;
  };
  endCurrentWork.run(end, async () => {
    try {
      resolve(await work());
    } catch (error) {
      reject(error);
    } finally {
      isRunning = false;
    }
  });
  return promise;
}

/** Called in the context of an uncaught error. Returns whether the error has ended the work to which it belongs. */
export const endWorkOf = (error: unknown): boolean => endCurrentWork.getStore()?.(error) ?? false;
