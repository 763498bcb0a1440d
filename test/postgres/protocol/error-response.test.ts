import t from 'tap';
import { loginFaultOf } from '../../../src/postgres/protocol/error-response.ts';

/** Messages of a server with German `lc_messages`: only the code and the name of a function identify the cause. */
const TRANSLATED = [
  [
    '28P01',
    'auth_failed',
    'Passwort-Authentifizierung für Benutzer »app« fehlgeschlagen',
    'password-refused',
  ],
  ['28000', 'ClientAuthentication', 'kein pg_hba-Eintrag für Host »10.0.0.1«, Benutzer »app«', 'pg-hba'],
  ['28000', 'InitializeSessionUserId', 'Rolle »app« hat keine Berechtigung zum Einloggen', 'no-login'],
  ['28000', 'auth_failed', 'Peer-Authentifizierung für Benutzer »app« fehlgeschlagen', 'other-method'],
  ['3D000', 'InitPostgres', 'Datenbank »shop« existiert nicht', 'no-database'],
  ['42501', 'CheckMyDatabase', 'keine Berechtigung für Datenbank »shop«', 'no-connect-right'],
  ['53300', 'ProcessStartupPacket', 'tut mir leid, schon zu viele Verbindungen', 'too-many-connections'],
  ['57P03', 'ProcessStartupPacket', 'das Datenbanksystem startet', 'starting-up'],
] as const;

for (const [sqlstate, routine, message, fault] of TRANSLATED) {
  t.test(`${fault}: ${message}`, async (t) => {
    t.equal(loginFaultOf({ sqlstate, routine, message }), fault);
  });
}

t.test('maps an unknown answer to `other`', async (t) => {
  t.equal(loginFaultOf({ sqlstate: '__proto__', routine: undefined, message: '' }), 'other');
  t.equal(
    loginFaultOf({ sqlstate: 'XX000', routine: undefined, message: 'Tenant or user not found' }),
    'other',
  );
  t.equal(loginFaultOf({ sqlstate: '28000', routine: undefined, message: '' }), 'other');
  t.equal(loginFaultOf({ sqlstate: '08P01', routine: undefined, message: '' }), 'other');
});

t.test('looks only at the first 1,000 characters, because a message may have 64 KiB', async (t) => {
  const known = 'role "app" does not exist';
  for (const [blanks, fault] of [
    [900, 'unknown-role'],
    [1000, 'other'],
  ] as const)
    t.equal(
      loginFaultOf({ sqlstate: '28000', routine: undefined, message: `${' '.repeat(blanks)}${known}` }),
      fault,
    );
});
