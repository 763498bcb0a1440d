import { wordsOfKey } from './sensitive-keys.ts';

/** A Secret of this name holds one password for each user: `mysql-passwords`, `user-tokens`. */
const LIST = /(?:passwords|passwds|pwds|tokens|apikeys)[-.\d]*$/;
/** A Secret of this name may hold the password of an account of a database: `mysql-root-secret`. */
const OF_SECRETS = /(?:secrets?|password|passwd|pass|credentials?|creds|users)[-.\d]*$/;
/** Accounts of databases. No setting is called so. */
const ACCOUNTS: ReadonlySet<string> = new Set(
  'root monitor replication replicator repl standby clustercheck xtrabackup operator proxyadmin pmmserver superuser heartbeat orchestrator'.split(
    ' ',
  ),
);

/** Keys in such a Secret that hold no password. */
const NO_USER: ReadonlySet<string> = new Set(
  `
host hosts hostname hostnames user users username usernames login logins port ports database databases db dbname schema
url uri urls endpoint engine type kind mode ssl sslmode tls ca crt cert email mail name names domain realm role roles scope
version env environment tenant client id ids format level debug comment description note label title created updated expires
expiry ttl enabled disabled region bucket namespace cluster server address path file config settings issuer audience algorithm public
policy rotation rules hint length min max pepper salt alphabet charset lifetime strategy
`
    .trim()
    .split(/\s+/),
);

/** The name of a user, or of a program: `alice`, `ci-bot`. */
const USER = /^[a-z][a-z0-9]*(?:[-_.][a-z0-9]+){0,3}$/;

/**
 * Whether a key is the name of a user whose password it holds, because the name of the Secret says that it holds
 * passwords. `text` decides where a key may be a setting too.
 */
export function isUserOfPassword(secretName: string, key: string, text: string): boolean {
  // Nearly every key ends here.
  const isAccount = ACCOUNTS.has(key);
  const isList = LIST.test(secretName);
  if (!isAccount && !isList) return false;
  if (!USER.test(key) || text.includes('://') || text.includes('\n')) return false;
  if (isList) return !wordsOfKey(key).some((word) => NO_USER.has(word));
  if (!OF_SECRETS.test(secretName)) return false;
  return text.startsWith(key) || /pass|pwd|pw\d|secret|toor/i.test(text);
}
