import t from 'tap';
import { senderOf } from '../../../src/admission/http/sender.ts';

t.test('counts each IPv4 address as one sender, however the socket shows it', async (t) => {
  t.equal(senderOf('10.0.0.1'), '10.0.0.1');
  t.equal(senderOf('::ffff:10.0.0.1'), '10.0.0.1');
});

t.test('counts a /64 of IPv6 as one sender', async (t) => {
  for (const [address, sender] of [
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::6', '2001:db8:1:3::/64'],
    ['2001:db8::1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1:2:3:4:5::', '1:2:3:4::/64'],
  ] as const)
    t.equal(senderOf(address), sender, address);
});

t.test('counts sockets without an address, which have closed, as one sender', async (t) => {
  t.equal(senderOf(undefined), '');
});
