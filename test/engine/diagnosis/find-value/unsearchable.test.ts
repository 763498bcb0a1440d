import t from 'tap';
import { unsearchableReason } from '../../../../src/engine/diagnosis/find-value/unsearchable.ts';

t.test('a value that other places hold by chance is not searched for', async (t) => {
  for (const [value, reason] of [
    ['', /is empty/],
    ['a', /too short/],
    ['hunter2', /too short/],
    ['        x       ', /too short/],
    ['password', /common/],
    ['postgres', /common/],
    ['localhost', /common/],
    ['changeme123', /common/],
    ['postgres-password', /common/],
    ['DB_PASSWORD', /common/],
    ['production', /common/],
    ['12345678', /common/],
    ['2026-11-30T21:00:00Z', /common/],
    ['10.0.0.1:5432', /common/],
    ['aaaaaaaaaaaa', /common/],
    ['db.shop.svc.cluster.local', /common/],
    ['a'.repeat(1024 * 1024), /larger than 64 KiB/],
    ['abc\0def-0123', /no text/],
  ] as const)
    t.match(unsearchableReason(value), reason, value.slice(0, 40));
});

t.test('a password of a person, a passphrase and a token are searched for', async (t) => {
  for (const value of [
    'Winter2024!',
    'hunter2hunter2',
    'S3cr3t-Passw0rd!',
    'correct horse battery staple',
    'hT8vK2pQ9xLm',
    'aB3$fG7!',
    '4539578763621486123456789012',
  ])
    t.equal(unsearchableReason(value), undefined, value);
});
