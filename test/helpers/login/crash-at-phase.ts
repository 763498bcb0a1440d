import type { Phase } from '../../../src/engine/secret/record/login-record.ts';
import { Crash } from '../controllers/secret-world.ts';
import type { aLoginWorld } from './login-world.ts';

/**
 * The process ends right after the record has come to this step of a change, once, and `happen` is what somebody does
 * then. Returns whether it has ended.
 */
export function crashAtPhase(
  world: ReturnType<typeof aLoginWorld>,
  phase: Phase,
  happen: () => void = () => {},
): () => boolean {
  const { write: writeRecord } = world.deps.records;
  let hasDied = false;
  const dying: typeof writeRecord = async (...args) => {
    const version = await writeRecord(...args);
    if (hasDied || args[1].login?.change?.phase !== phase) return version;
    hasDied = true;
    happen();
    throw new Crash();
  };
  world.override({ records: { write: dying } });
  return () => hasDied;
}
