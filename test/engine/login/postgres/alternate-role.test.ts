import { Buffer } from 'node:buffer';
import t from 'tap';
import {
  alternateName,
  alternateOwnerOf,
  otherRole,
} from '../../../../src/engine/login/postgres/alternate-role.ts';
import { fc } from '../../../helpers/property.ts';

/** The limit of PostgreSQL is 63 bytes. */
const ROLES = fc.string({ unit: 'binary', minLength: 1, maxLength: 63 }).filter((name) => {
  return name.isWellFormed() && Buffer.byteLength(name) <= 63;
});

t.test('the second login of app is app_alt', async (t) => {
  t.equal(alternateName('app'), 'app_alt');
});

t.test('PostgreSQL does not truncate the name of an alternate', async (t) => {
  fc.assert(
    fc.property(ROLES, (owner) => {
      const name = alternateName(owner);
      return name.isWellFormed() && Buffer.byteLength(name) <= 63 && name !== owner && name.endsWith('_alt');
    }),
  );
  t.equal(alternateName('a'.repeat(59)), `${'a'.repeat(59)}_alt`);
});

t.test('two owners with similar long names have different alternates', async (t) => {
  const long = 'ü'.repeat(30);
  t.not(alternateName(`${long}a`), alternateName(`${long}b`));
  t.equal(alternateName(`${long}a`), alternateName(`${long}a`));
});

t.test('the two roles alternate', async (t) => {
  t.equal(otherRole('app', 'app'), 'app_alt');
  t.equal(otherRole('app', 'app_alt'), 'app');
});

t.test('recognises an alternate by its membership, not by its name alone', async (t) => {
  t.equal(alternateOwnerOf('app_alt', ['readers', 'app']), 'app');
  t.equal(alternateOwnerOf('app_alt', ['readers']), 'app_alt');
  t.equal(alternateOwnerOf('app', []), 'app');
  const long = 'ü'.repeat(31);
  t.equal(alternateOwnerOf(alternateName(long), [long]), long);
});
