/** The words before `PASSWORD`: `db` for `DB_PASSWORD`, none for `password`. Undefined for the key of no password. */
export const passwordFamily = (key: string): string | undefined => PASSWORD_KEY.exec(normalisedKey(key))?.[1];

/** The same for the key of a user: `db` for `DB_USER`. */
export const userFamily = (key: string): string | undefined => USER_KEY.exec(normalisedKey(key))?.[1];

/** The same for the key of a host: `db` for `DB_HOST`. */
export const hostFamily = (key: string): string | undefined => HOST_KEY.exec(normalisedKey(key))?.[1];

/** The same for the key of a URL: `kc_db` for `KC_DB_URL`. */
export const urlFamily = (key: string): string | undefined => URL_KEY.exec(normalisedKey(key))?.[1];

/** `dbUser`, `db-user` and `DB_USER` are one name. */
export const normalisedKey = (key: string): string =>
  key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[-.]/g, '_')
    .toLowerCase();

const USER_KEY = /^(.*?)_?(?:user_?name|user|login|role)$/;
const PASSWORD_KEY = /^(.*?)_?(?:password|passwd|passphrase|pass|pwd)$/;
const HOST_KEY = /^(.*?)_?(?:host|host_?name|server)$/;
const URL_KEY = /^(.*?)_?(?:jdbc_?)?(?:url|uri|dsn|connection_?string)$/;
