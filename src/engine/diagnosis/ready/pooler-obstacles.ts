import type { LoginSubject } from './login-subject.ts';
import type { Obstacle } from './readiness.ts';
import { isUserlist, rolesInUserlist } from './userlist.ts';

/** A file of a pooler that holds the passwords of its users. */
interface PoolerFile {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

/** No cluster has more roles in such files. The limit bounds the memory. */
const MAX_ENTRIES = 50_000;

/** The password files of poolers, by the roles in them. */
export class PoolerFiles {
  readonly #byRole = new Map<string, PoolerFile>();

  /** `text` is called only for a file with such a name. */
  add(file: PoolerFile, text: () => string): void {
    if (!isUserlist(file.key)) return;
    for (const role of rolesInUserlist(text()))
      if (this.#byRole.size < MAX_ENTRIES) this.#byRole.set(`${file.namespace}/${role}`, file);
  }

  /** A pooler stands in the namespace of its clients. Elsewhere, the role may be that of another server. */
  obstacles({ credential, place: { namespace } }: LoginSubject): readonly Obstacle[] {
    const file = credential && this.#byRole.get(`${namespace}/${credential.role}`);
    if (file === undefined) return [];
    return [
      {
        code: 'pooler',
        effect: 'logins-fail',
        reason: `${file.kind} ${file.namespace}/${file.name}, key ${file.key}, is the password file of a pooler, and keeps the old password: auth_query needs no such file`,
      },
    ];
  }
}

const POOLER = /bouncer|pooler|pgpool|pgcat|odyssey/i;

/** A login through a pooler proves only the pooler, and what the pooler does with a new password is not seen. */
export const poolerUnknown = ({ server }: Pick<LoginSubject, 'server'>): readonly string[] =>
  server !== undefined && POOLER.test(server.host)
    ? ['its host has the name of a pooler, and whether that asks the server for passwords was not read']
    : [];
