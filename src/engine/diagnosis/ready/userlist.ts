/** The key of a pooler's list of users: PgBouncer's, or that of Pgpool-II. */
export const isUserlist = (key: string): boolean => /user_?list|pool_passwd/i.test(key);

/** A longer list is no list of users. */
const MAX_LIST_BYTES = 1024 * 1024;

/**
 * The roles whose passwords, or their hashes, the file of a pooler holds. With `auth_query` the pooler asks the server
 * instead, and the list holds the role of the pooler alone.
 */
export function rolesInUserlist(text: string): ReadonlySet<string> {
  if (text.length > MAX_LIST_BYTES) return NONE;
  const roles = new Set<string>();
  for (const line of text.split('\n')) {
    const [, quoted, plain] = LINE.exec(line) ?? [];
    const role = quoted?.replaceAll('""', '"') ?? plain;
    if (role !== undefined) roles.add(role);
  }
  return roles;
}

const NONE: ReadonlySet<string> = new Set();

/** `"app" "SCRAM-SHA-256$4096:…"` of PgBouncer, `app:md5…` of Pgpool-II. An empty password is none. */
const LINE = /^\s*(?:"((?:[^"]|"")+)"\s+"[^"]|([^\s":#;]+):\S)/;
