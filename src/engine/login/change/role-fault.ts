/** The reason why a role can't log in with any password, or has none. `text` is a sentence without names. */
export interface RoleFault {
  readonly kind: 'absent' | 'no-login' | 'expired' | 'no-password';
  readonly text: string;
}

export const ROLE_ABSENT: RoleFault = { kind: 'absent', text: 'the server has no such role' };

export const ROLE_WITHOUT_LOGIN: RoleFault = {
  kind: 'no-login',
  text: 'the role may not log in (NOLOGIN)',
};

export const ROLE_WITHOUT_PASSWORD: RoleFault = {
  kind: 'no-password',
  text: 'the role has no password on the server (PASSWORD NULL)',
};

export const roleExpired = (until: Date | undefined): RoleFault => ({
  kind: 'expired',
  text: `the password of the role has expired${until === undefined ? '' : ` on ${until.toISOString()}`} (VALID UNTIL)`,
});
