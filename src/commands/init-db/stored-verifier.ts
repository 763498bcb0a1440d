import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type RoleFiles,
  roleFileNumber,
  type StoredVerifier,
  storedVerifier,
} from '../../engine/login/init-db/stored-verifier.ts';

/** A limit against a hostile file. A real server has fewer roles. */
const MAX_ROLE_FILE_BYTES = 64 * 1024 * 1024;
/** The number of transactions in one file of pg_xact, four to a byte: 32 pages of 8192 bytes. */
const TRANSACTIONS_PER_FILE = 32 * 8192 * 4;

/**
 * The verifier of a role in the data directory of a server that was shut down. The files of a running or crashed server
 * are incomplete. Unknown if any part can't be read.
 */
export async function readStoredVerifier(folder: string, role: string): Promise<StoredVerifier> {
  try {
    const file = roleFileNumber(await readFile(join(folder, 'global', 'pg_filenode.map')));
    const path = join(folder, 'global', String(file));
    if (file === undefined || (await stat(path)).size > MAX_ROLE_FILE_BYTES) return { kind: 'unknown' };
    return storedVerifier(
      { heap: await readFile(path), outcomeOf: transactionOutcomes(join(folder, 'pg_xact')) },
      role,
    );
  } catch {
    return { kind: 'unknown' };
  }
}

type TransactionOutcome = ReturnType<RoleFiles['outcomeOf']>;

/**
 * Two bits for each transaction (src/backend/access/transam/clog.c). A transaction that a shutdown interrupted counts
 * as aborted.
 */
const OUTCOME_BY_BITS: readonly TransactionOutcome[] = ['aborted', 'committed', 'aborted', undefined];
/** The first two are the bootstrap and the frozen transaction. */
const FIRST_NORMAL_XID = 3;

function transactionOutcomes(folder: string): RoleFiles['outcomeOf'] {
  const files = new Map<number, Uint8Array>();
  return (id) => {
    if (id < FIRST_NORMAL_XID) return 'committed';
    const number = Math.floor(id / TRANSACTIONS_PER_FILE);
    const file =
      files.get(number) ?? readFileSync(join(folder, number.toString(16).toUpperCase().padStart(4, '0')));
    files.set(number, file);
    const packedOutcomes = file[(id % TRANSACTIONS_PER_FILE) >> 2];
    return packedOutcomes === undefined ? undefined : OUTCOME_BY_BITS[(packedOutcomes >> (2 * (id & 3))) & 3];
  };
}
